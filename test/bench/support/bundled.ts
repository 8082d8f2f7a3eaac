import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { projectRoot } from '../../../scripts/editor/tools.mjs';
import { buildLab } from '../../unit/lab/builtLab.js';
import { ENGINE_VARIABLE } from './engineVariable.js';

/**
 * Runs a benchmark as what ships runs: bundled, so that no module boundary is crossed by a getter, in a process of its
 * own, with the options of this one. Its exit code becomes this process' own.
 * @param entry from the folder of benchmarks.
 * @param options.withLab whether the lab's child lies beside the engine, as it ships.
 */
export async function runBundled(entry: string, { withLab = false } = {}): Promise<void> {
  const { bundles } = await import('../../../scripts/build.mjs');
  const scratch = mkdtempSync(path.join(tmpdir(), 'evenkeel-bench-'));
  try {
    const bundle = path.join(scratch, 'bench.cjs');
    buildSync({
      entryPoints: [path.join(projectRoot, 'test/bench', entry)],
      outfile: bundle,
      bundle: true,
      platform: 'node',
      target: 'node20',
      logLevel: 'warning',
      ...(bundles.engine.alias && { alias: bundles.engine.alias }),
    });
    const engine = path.join(scratch, 'engine.js');
    buildSync({ ...bundles.engine, outfile: engine, metafile: false, sourcemap: false });
    if (withLab) {
      await buildLab(scratch);
    }
    const run = spawnSync(process.execPath, [bundle, ...process.argv.slice(2)], {
      cwd: projectRoot,
      stdio: 'inherit',
      env: { ...process.env, [ENGINE_VARIABLE]: engine },
    });
    process.exitCode = run.status ?? 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
