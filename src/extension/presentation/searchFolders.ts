import path from 'node:path';

/**
 * The folders in which runs are looked for: the workspace's own and the configured ones, relative ones against each
 * workspace folder, without repetitions.
 */
export function searchFolders(workspaceFolders: readonly string[], configured: readonly string[]): readonly string[] {
  const further = configured.flatMap((folder) =>
    path.isAbsolute(folder) ? [path.normalize(folder)] : workspaceFolders.map((root) => path.resolve(root, folder)),
  );
  return [...new Set([...workspaceFolders, ...further])];
}
