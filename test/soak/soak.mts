/**
 * Many live runs under everything that happens to logs, for a long time: is every finding found, is memory flat, does
 * every question get its answer?
 *
 *     npm run soak [-- --minutes=30 --runs=50 --seed=1 --trouble='disk full' --docs]
 *
 * `--trouble` leaves the other troubles of logs out; `--docs` writes the table into docs/soak.md.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { format, resolveConfig } from 'prettier';
import { bundles } from '../../scripts/build.mjs';
import { projectRoot } from '../../scripts/editor/tools.mjs';

const scratch = mkdtempSync(path.join(tmpdir(), 'evenkeel-soak-'));
try {
  for (const name of ['main', 'worker']) {
    const { alias } = bundles.engine;
    buildSync({
      ...(alias && { alias }),
      bundle: true,
      platform: 'node',
      target: 'node20',
      entryPoints: [path.join(projectRoot, 'test/soak', `${name}.ts`)],
      outfile: path.join(scratch, `${name}.js`),
      logLevel: 'warning',
    });
  }
  const run = spawnSync(process.execPath, [path.join(scratch, 'main.js'), ...process.argv.slice(2)], {
    cwd: projectRoot,
    stdio: 'inherit',
  });
  process.exitCode = run.status ?? 1;
  if (process.argv.includes('--docs')) {
    const page = path.join(projectRoot, 'docs/soak.md');
    writeFileSync(page, await format(readFileSync(page, 'utf8'), { ...(await resolveConfig(page)), filepath: page }));
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
