import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** Below the root of the project, where benchmarks are run. */
const environment = path.resolve('.tools', 'bench-venv');
const python = path.join(environment, 'bin', 'python');
const PACKAGES = ['tensorboard', 'tensorboard-data-server', 'setuptools<81'];
const LIMIT_MS = 600_000;

/** Makes the Python environment with TensorBoard unless it is there; says why when that cannot be done. */
export function ensureTensorboard(): { readonly missing?: string } {
  if (runPython('import tensorboard, tensorboard_data_server').status === 0) {
    return {};
  }
  if (!existsSync(python) && spawnSync('python3', ['-m', 'venv', environment], { stdio: 'ignore' }).status !== 0) {
    return { missing: 'python3 with venv is needed for the comparison with TensorBoard' };
  }
  const installed = spawnSync(python, ['-m', 'pip', 'install', '--quiet', ...PACKAGES], {
    stdio: 'ignore',
    timeout: LIMIT_MS,
  });
  const works = installed.status === 0 && runPython('import tensorboard, tensorboard_data_server').status === 0;
  return works ? {} : { missing: `pip could not install ${PACKAGES.join(', ')}` };
}

function runPython(program: string, ...values: readonly string[]): { status: number | null; stdout: string } {
  const options = { encoding: 'utf8', timeout: LIMIT_MS } as const;
  const { status, stdout } = spawnSync(python, ['-c', program, ...values], options);
  return { status, stdout };
}

/** Seconds of one load cycle of TensorBoard's data server over a folder, as it logs them itself. */
export async function loadWithDataServer(folder: string): Promise<number> {
  const found = runPython('import tensorboard_data_server as t; print(t.server_binary())');
  const options = ['--logdir', folder, '--port', '0', '--reload', 'once', '--checksum', '-vv'];
  const server = spawn(found.stdout.trim(), options, { stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    return await new Promise<number>((resolve, reject) => {
      let log = '';
      server.stderr.on('data', (data: Buffer) => {
        log += data.toString();
        const finished = /Finished load cycle \(([\d.]+)(ns|µs|ms|s)\)/.exec(log);
        if (finished !== null) {
          resolve(
            Number(finished[1]) * { ns: 1e-9, µs: 1e-6, ms: 1e-3, s: 1 }[finished[2] as 'ns' | 'µs' | 'ms' | 's'],
          );
        }
      });
      server.on('error', reject);
      server.on('exit', () => reject(new Error(`the data server ended before it had loaded: ${log.slice(-500)}`)));
    });
  } finally {
    server.kill();
  }
}

const EVENT_ACCUMULATOR = `
import sys, time
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
start = time.perf_counter()
accumulator = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0})
accumulator.Reload()
points = sum(len(accumulator.Scalars(tag)) for tag in accumulator.Tags()['scalars'])
print(points, time.perf_counter() - start)
`;

/** Reads an event file with TensorBoard's Python loader, all points kept. */
export function loadWithEventAccumulator(file: string): { readonly points: number; readonly seconds: number } {
  const { status, stdout } = runPython(EVENT_ACCUMULATOR, file);
  const [points, time] = stdout.trim().split(/\s+/).map(Number);
  if (status !== 0 || points === undefined || time === undefined) {
    throw new Error('the EventAccumulator did not read the file');
  }
  return { points, seconds: time };
}
