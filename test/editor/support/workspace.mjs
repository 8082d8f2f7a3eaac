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
 * 450 and diverges. Their files look an hour old, so that they do not count as live.
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
  await makeOld(path.join(folder, 'runs'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

async function makeOld(folder) {
  const anHourAgo = Date.now() / 1000 - 3600;
  for (const entry of await readdir(folder, { recursive: true })) {
    await utimes(path.join(folder, entry), anHourAgo, anHourAgo);
  }
}

/** A further copy of a workspace, for tests that change files. */
export async function copyWorkspace(from) {
  const folder = await mkdtemp(path.join(tmpdir(), 'evenkeel-workspace-'));
  await cp(from, folder, { recursive: true, preserveTimestamps: true });
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
