import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const run = promisify(execFile);

/**
 * Bundles the lab's child as the build does, into a folder of its own.
 * @param more other programs to bundle beside it in the same way, by name
 * @returns the file to start
 */
export async function buildLab(folder: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  // Benchmarks are loaded as CommonJS, which cannot import it at once.
  const { bundles, copiedAssets } = await import('../../../scripts/build.mjs');
  mkdirSync(path.join(folder, 'lab'), { recursive: true });
  await build({
    ...bundles.lab,
    entryPoints: { ...(bundles.lab.entryPoints as Record<string, string>), ...more },
    outdir: path.join(folder, 'lab'),
    minify: true,
    sourcemap: false,
    metafile: false,
  });
  for (const [from, to] of copiedAssets.filter(([, place]) => place.startsWith('dist/lab'))) {
    const target = path.join(folder, 'lab', path.basename(to));
    if (!existsSync(target)) {
      copyFileSync(from, target);
    }
  }
  return path.join(folder, 'lab', 'child.js');
}

/** Bundles a program of the tests beside the lab's child. @returns runs it, and gives the JSON that it prints */
export async function buildBeside<Told>(
  folder: string,
  source: string,
): Promise<(threads: number, ...more: string[]) => Promise<Told>> {
  const { name } = path.parse(source);
  await buildLab(folder, { [name]: source });
  const program = path.join(folder, 'lab', `${name}.js`);
  return async (threads, ...more) => {
    const { stdout } = await run(process.execPath, [program, String(threads), ...more]);
    return JSON.parse(stdout) as Told;
  };
}
