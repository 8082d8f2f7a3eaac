import { messageOf } from '../base/errorMessage.js';
import { table } from '../base/table.js';

const WORDS = table<string>({
  ENOENT: 'no such file or folder: check the path',
  ENOTDIR: 'no such file or folder: check the path',
  EACCES: 'no permission to read it: change its permissions, or run as a user who may',
  EPERM: 'no permission to read it: change its permissions, or run as a user who may',
  EISDIR: 'a folder where a file is expected',
  ELOOP: 'a symbolic link that leads in a circle',
  EMFILE: 'too many files are open: raise the limit (ulimit -n) or close some',
  ENAMETOOLONG: 'the path is longer than the file system allows',
  EIO: 'the device failed to read it: check the disk or the network share',
  Z_DATA_ERROR: 'named .gz, but its content is no gzip or is damaged: download it again, or take the ending off',
  Z_BUF_ERROR: 'the compressed data end early: wait for the rest, or download it again',
  ESTALE: 'the network share lost the file: it was replaced on the server',
});

/** What went wrong with a file, and what to do, in words. */
export function describeFileError(error: unknown): string {
  const code = codeOf(error);
  return (code && WORDS[code]) ?? messageOf(error);
}

/** Whether the error says that there is nothing under the path (any more). */
export function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
