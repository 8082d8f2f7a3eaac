import { crc32 } from './crc32.js';

/** No name that a person gives is longer; a log that was made by mistake or on purpose can hold names of megabytes. */
const LONGEST_NAME = 1000;

/** A name of bounded length: a longer one is cut, and told from others with the same beginning by a checksum. */
export function boundedName(name: string): string {
  if (name.length <= LONGEST_NAME) {
    return name;
  }
  const bytes = new TextEncoder().encode(name);
  const checksum = (crc32(bytes, 0, bytes.length) >>> 0).toString(16).padStart(8, '0');
  return `${name.slice(0, LONGEST_NAME)}… (${name.length} characters, ${checksum})`;
}
