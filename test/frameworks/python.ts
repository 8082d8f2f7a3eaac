import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const venv = path.join(root, '.venv-frameworks');
const PACKAGES = ['torch', 'transformers', 'accelerate', 'lightning', 'numpy'];
/** Each is needed by a few tests only, which say that they were skipped where it can't be had. */
const FURTHER_PACKAGES = [
  'tensorboard',
  'tensorboardX',
  'datasets',
  'trl',
  'peft',
  'keras',
  'tensorflow-cpu',
  'jax',
  'optax',
  'h5py',
  'safetensors',
  'onnx',
  'gguf',
  'pre-commit',
  'ray',
];
const OUTPUT_LIMIT = 64 * 1024 * 1024;

/** A Python that has the frameworks, or the reason why there is none. */
export type FrameworkPython = { readonly python: string; readonly versions: string } | { readonly missing: string };

/**
 * `EVENKEEL_PYTHON` where it is set; else a virtual environment of the project's own, made on the first run.
 * The packages come from wherever pip is set up to look; a CPU build of PyTorch is enough.
 */
export async function frameworkPython(): Promise<FrameworkPython> {
  const chosen = process.env['EVENKEEL_PYTHON'];
  if (chosen !== undefined) {
    return probe(chosen);
  }
  const python = path.join(venv, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  try {
    if (!existsSync(python)) {
      await run('python3', ['-m', 'venv', venv]);
    }
    const known = await probe(python);
    if ('python' in known) {
      return known;
    }
    await install(python, PACKAGES);
    await installFurther(python);
    return await probe(python);
  } catch (error) {
    return { missing: `the frameworks could not be installed: ${firstLine(error)}` };
  }
}

/** One try: where the packages can't be had, waiting for time-outs helps nobody. */
async function install(python: string, packages: readonly string[]): Promise<void> {
  await run(python, ['-m', 'pip', 'install', '--quiet', ...packages], {
    env: { ...process.env, PIP_RETRIES: '0' },
    maxBuffer: OUTPUT_LIMIT,
  });
}

/** All at once where they go together, else each that can be had. */
async function installFurther(python: string): Promise<void> {
  try {
    await install(python, FURTHER_PACKAGES);
  } catch {
    for (const name of FURTHER_PACKAGES) {
      await install(python, [name]).catch((error: unknown) => {
        console.warn(`skipped: what needs ${name}, which could not be installed: ${firstLine(error)}`);
      });
    }
  }
}

async function probe(python: string): Promise<FrameworkPython> {
  // Their metadata: importing them all takes many seconds, and each file of tests asks.
  const program = `from importlib.metadata import version; print(", ".join(f"{name} {version(name)}" for name in ${JSON.stringify(PACKAGES)}))`;
  try {
    const { stdout } = await run(python, ['-c', program]);
    return { python, versions: stdout.trim() };
  } catch (error) {
    return { missing: `${python} lacks one of ${PACKAGES.join(', ')}: ${firstLine(error)}` };
  }
}

function firstLine(error: unknown): string {
  const lines = String((error as { stderr?: string }).stderr ?? error)
    .trim()
    .split('\n');
  return lines.at(-1) ?? 'unknown';
}

/** Runs a program of the test folder; fails with what Python said. */
export async function runPython(
  python: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  await run(python, [...args], {
    env: {
      ...process.env,
      PYTHONHASHSEED: '0',
      HF_HUB_OFFLINE: '1',
      CUDA_VISIBLE_DEVICES: '',
      TOKENIZERS_PARALLELISM: 'false',
      ...environment,
    },
    maxBuffer: OUTPUT_LIMIT,
  });
}
