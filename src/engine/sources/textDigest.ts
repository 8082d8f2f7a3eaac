import { createHash } from 'node:crypto';

/** SHA-256 of a text in UTF-8, in hexadecimal digits: by it a file is known to be the one that was looked at. */
export function textDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
