import path from 'node:path';
import picomatch from 'picomatch';

/** A test for files that any of the globs names: held against whole paths and every tail of them. */
export function pathsNamedBy(globs: readonly string[]): (file: string) => boolean {
  return globs.length === 0 ? () => false : testOf(globs.map(anchored));
}

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
    return [anchored(trimmed), `${anchored(trimmed)}/**`];
  });
  return testOf(patterns);
}

function anchored(glob: string): string {
  return path.isAbsolute(glob) || glob.startsWith('**/') ? glob : `**/${glob}`;
}

function testOf(patterns: readonly string[]): (file: string) => boolean {
  const matches = picomatch([...patterns], { dot: true });
  return (file) => matches(path.resolve(file).replaceAll('\\', '/'));
}
