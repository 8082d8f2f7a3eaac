import { makeCrc } from './crc.js';

/** The CRC-32 of zip, PNG and Ethernet. */
export const crc32 = makeCrc(0xedb88320);
