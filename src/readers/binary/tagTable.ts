import type { TagHandle } from '../../model/record.js';
import { decodeUtf8 } from '../text/utf8.js';

/** A tag of an event file. */
export interface TagEntry {
  readonly bytes: Uint8Array;
  readonly name: string;
  /** The sink's handle, -1 before its first scalar. */
  handle: TagHandle;
  /** Which TensorBoard plugin it is for; '' while no record has said so. Later records leave it out. */
  plugin: string;
  /** The tag that came after it last time: writers go round in the same order. */
  follower: TagEntry | undefined;
}

/** Finds tags by their bytes, so that nothing is decoded for a record whose tag is known. */
export class TagTable {
  readonly #maximum: number;
  readonly #buckets = new Map<number, TagEntry[]>();
  #last: TagEntry | undefined;
  #size = 0;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** The entry of the tag in `bytes[from, to)`; undefined when the table is full and the tag is new. */
  find(bytes: Uint8Array, from: number, to: number): TagEntry | undefined {
    const expected = this.#last?.follower;
    if (expected !== undefined && isSame(expected.bytes, bytes, from, to)) {
      this.#last = expected;
      return expected;
    }
    const entry = this.#lookUp(bytes, from, to);
    if (entry !== undefined) {
      if (this.#last !== undefined) {
        this.#last.follower = entry;
      }
      this.#last = entry;
    }
    return entry;
  }

  #lookUp(bytes: Uint8Array, from: number, to: number): TagEntry | undefined {
    const hash = hashOf(bytes, from, to);
    const bucket = this.#buckets.get(hash);
    const known = bucket?.find((entry) => isSame(entry.bytes, bytes, from, to));
    if (known !== undefined || this.#size >= this.#maximum) {
      return known;
    }
    const copy = bytes.slice(from, to);
    const entry = { bytes: copy, name: decodeUtf8(copy), handle: -1, plugin: '', follower: undefined };
    this.#size++;
    if (bucket === undefined) {
      this.#buckets.set(hash, [entry]);
    } else {
      bucket.push(entry);
    }
    return entry;
  }
}

function isSame(tag: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (tag.length !== to - from) {
    return false;
  }
  for (let index = 0; index < tag.length; index++) {
    if (tag[index] !== bytes[from + index]) {
      return false;
    }
  }
  return true;
}

/** FNV-1a. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let index = from; index < to; index++) {
    hash = Math.imul(hash ^ (bytes[index] as number), 0x01000193);
  }
  return hash;
}
