import path from 'node:path';
import picomatch from 'picomatch';

/**
 * A test for paths that any of the globs names, with all below a folder that it names. Globs without a leading slash
 * are held against the whole path and every tail of it, as in a list of excluded files.
 */
export function excludedBy(globs: readonly string[]): (file: string) => boolean {
  if (globs.length === 0) {
    return () => false;
  }
  const patterns = globs.flatMap((glob) => {
    const trimmed = glob.replace(/\/(\*\*\/?)?$/, '');
    const anchored = path.isAbsolute(trimmed) || trimmed.startsWith('**/') ? trimmed : `**/${trimmed}`;
    return [anchored, `${anchored}/**`];
  });
  const matches = picomatch(patterns, { dot: true });
  return (file) => matches(path.resolve(file).replaceAll('\\', '/'));
}
