import { statfs } from 'node:fs/promises';

/** What statfs(2) of Linux says of file systems on a disk of this machine or in its memory. */
const LOCAL_TYPES: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0x2fc12fc1, // ZFS
  0xf2f52010, // F2FS
  0x794c7630, // overlayfs, on one of these
  0x01021994, // tmpfs
]);

/**
 * Whether a file surely lies on this machine, so that a look at it takes microseconds. False wherever that is not known:
 * for shares of a network, file systems of user programs, and other systems than Linux.
 */
export async function isOnLocalDisk(path: string): Promise<boolean> {
  if (process.platform !== 'linux') {
    return false;
  }
  const found = await statfs(path).catch(() => undefined);
  return found !== undefined && LOCAL_TYPES.has(found.type);
}
