import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { copyFile, cp, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { bundles, copiedAssets } from '../../../scripts/build.mjs';

/** Of the test runner's worker alone: others build at the same time. */
const WORKER = process.env['VITEST_POOL_ID'] ?? String(process.pid);
const FOLDER = path.resolve(`node_modules/.cache/evenkeel/cli-under-test/${WORKER}/dist`);
export const CLI = path.join(FOLDER, 'cli.js');

/** Bundles the command line as the build does, into a folder of its own. */
export async function buildCli(): Promise<void> {
  await mkdir(path.join(FOLDER, 'grammars'), { recursive: true });
  await build({ ...bundles.cli, outfile: CLI });
  await build({ ...bundles.supervisor, outfile: path.join(FOLDER, 'supervisor.js') });
  await cp('hooks', path.join(FOLDER, '../hooks'), { recursive: true });
  for (const [from] of copiedAssets.filter(([, to]) => to.startsWith('dist/grammars'))) {
    await copyFile(from, path.join(FOLDER, 'grammars', path.basename(from)));
  }
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function startCli(
  cwd: string,
  parameters: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): ChildProcess {
  return spawn(process.execPath, [CLI, ...parameters], { cwd, env: { ...process.env, ...environment } });
}

/** Runs the built command line to its end. */
export function runCli(cwd: string, ...parameters: readonly string[]): Promise<Finished> {
  return finished(startCli(cwd, parameters));
}

export function finished(child: ChildProcess): Promise<Finished> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (piece: Buffer) => (stdout += piece.toString()));
  child.stderr?.on('data', (piece: Buffer) => (stderr += piece.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
