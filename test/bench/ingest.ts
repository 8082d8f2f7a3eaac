/**
 * How fast logs are read, each figure as a ratio to something else that read the same bytes in the same run.
 *
 *     npm run bench -- ingest [--megabytes=500] [--rounds=5] [--million-points=1,4,16]
 *
 * The environment variable EVENKEEL_BENCH_MEGABYTES does what `--megabytes` does.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { projectRoot } from '../../scripts/editor/tools.mjs';

const scratch = mkdtempSync(path.join(tmpdir(), 'evenkeel-ingest-'));
try {
  // The readers are measured as they ship: bundled, so that no module boundary is crossed by a getter.
  const bundle = path.join(scratch, 'ingest.cjs');
  buildSync({
    entryPoints: [path.join(projectRoot, 'test/bench/ingest/main.ts')],
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
