import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../../scripts/editor/tools.mjs';

const examples = path.join(projectRoot, 'examples');
const run = promisify(execFile);

/**
 * A copy of the sample project with two finished runs: `baseline` is healthy, `spoiled` meets a damaged shard at step
 * 450 and diverges. Their files look hours old, so that they do not count as live; `spoiled` is the newer one.
 */
export async function createSampleWorkspace() {
  const folder = await mkdtemp(path.join(tmpdir(), 'evenkeel-workspace-'));
  await cp(examples, folder, { recursive: true, filter: (source) => path.basename(source) !== 'runs' });
  const trainer = path.join(folder, 'trainer.mjs');
  const common = [trainer, '--interval', '0', '--steps', '800'];
  await Promise.all([
    run(process.execPath, [...common, '--name', 'baseline', '--cause', 'none']),
    run(process.execPath, [...common, '--name', 'spoiled']),
  ]);
  await age(path.join(folder, 'runs/baseline'), 2);
  await age(path.join(folder, 'runs/spoiled'), 1);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

async function age(folder, hours) {
  const then = Date.now() / 1000 - 3600 * hours;
  for (const entry of await readdir(folder)) {
    await utimes(path.join(folder, entry), then, then);
  }
  await utimes(folder, then, then);
}

/** A further copy of a workspace, for tests that change files; `name` is what its folder is called. */
export async function copyWorkspace(from, name = 'project') {
  const home = await mkdtemp(path.join(tmpdir(), 'evenkeel-workspace-'));
  const folder = path.join(home, name);
  await cp(from, folder, { recursive: true, preserveTimestamps: true });
  return { folder, remove: () => rm(home, { recursive: true, force: true }) };
}
