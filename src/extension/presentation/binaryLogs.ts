/** File names of logs that are bytes: a text editor would show nothing that can be read. */
const BINARY_LOG = /\.tfevents\.|\.wandb$|\.gz$/;

export function isBinaryLog(path: string): boolean {
  return BINARY_LOG.test(path.split(/[\\/]/).at(-1) ?? '');
}
