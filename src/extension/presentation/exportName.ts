import { plainText } from './plainText.js';

/** Below what file systems allow (255 bytes), with room for the letters of any script and for an ending. */
const LONGEST_NAME = 60;
/** Names that Windows keeps for devices, whatever their ending. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/** What a file is proposed to be called that is made of the names of a run and its numbers, which can hold anything. */
export function exportName(name: string, ending: string): string {
  const letters = plainText(name, LONGEST_NAME * 4)
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[.-]+/, '');
  const short = Array.from(letters)
    .slice(0, LONGEST_NAME)
    .join('')
    .replace(/[.-]+$/, '');
  const isUsable = short !== '' && !DEVICES.test(short.split('.')[0] ?? '');
  return `${isUsable ? short : `run-${short}`.replace(/-$/, '')}.${ending}`;
}
