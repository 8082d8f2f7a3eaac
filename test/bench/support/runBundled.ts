import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { projectRoot } from '../../../scripts/editor/tools.mjs';

/** Runs a benchmark as the product ships: bundled, so that no module boundary is crossed by a getter. */
export function runBundled(entry: string): void {
  const scratch = mkdtempSync(path.join(tmpdir(), 'evenkeel-bench-'));
  try {
    const bundle = path.join(scratch, 'bench.cjs');
    buildSync({
      entryPoints: [path.join(projectRoot, entry)],
      outfile: bundle,
      bundle: true,
      platform: 'node',
      target: 'node20',
      logLevel: 'warning',
    });
    const run = spawnSync(process.execPath, [bundle, ...process.argv.slice(2)], { cwd: projectRoot, stdio: 'inherit' });
    process.exitCode = run.status ?? 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
