import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Root of the repository, absolute. */
export const root = path.resolve(import.meta.dirname, '../../..');

/** Paths from the root, with forward slashes, of all files that are committed or would be. */
export function repositoryFiles(): string[] {
  const output = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  });
  return [...new Set(output.split('\0'))].filter((file) => file !== '' && existsSync(path.join(root, file))).sort();
}

export function readText(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}
