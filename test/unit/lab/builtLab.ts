import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

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
