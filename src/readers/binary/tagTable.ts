import type { TagHandle } from '../../model/record.js';
import { decodeUtf8 } from '../text/utf8.js';

/** Bytes that are compared four at a time. */
export interface PlainSummary {
  readonly length: number;
  /** From the beginning on; the last word are the last four bytes, whatever the length. */
  readonly words: Int32Array;
}

/** A tag of an event file. */
export interface TagEntry {
  readonly bytes: Uint8Array;
  readonly name: string;
  /** What goes before the value in the plainest event that has the tag, see {@link plainSummaryOf}. */
  readonly plainSummary: PlainSummary | undefined;
  /** The sink's handle, -1 before its first scalar. */
  handle: TagHandle;
  /** Which TensorBoard plugin it is for; '' while no record has said so. Later records leave it out. */
  plugin: string;
  /** The tag that came after it last time: writers go round in the same order. */
  follower: TagEntry | undefined;
}

/** Field number and wire type in one byte, of `Event.summary`, `Summary.value`, `Value.tag`, `Value.simple_value`. */
const SUMMARY_KEY = 0x2a;
const VALUE_KEY = 0x0a;
const TAG_KEY = 0x0a;
const NUMBER_KEY = 0x15;

/** Finds tags by their bytes, so that nothing is decoded for a record whose tag is known. */
export class TagTable {
  readonly #maximum: number;
  readonly #buckets = new Map<number, TagEntry[]>();
  #last: TagEntry | undefined;
  #size = 0;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** The tag that is next when the writer goes on as it did the last time. */
  get expected(): TagEntry | undefined {
    return this.#last?.follower;
  }

  /** Takes note that the next tag is the {@link expected} one. */
  accept(expected: TagEntry): void {
    this.#last = expected;
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
    const entry: TagEntry = {
      bytes: copy,
      name: decodeUtf8(copy),
      plainSummary: plainSummaryOf(copy),
      handle: -1,
      plugin: '',
      follower: undefined,
    };
    this.#size++;
    if (bucket === undefined) {
      this.#buckets.set(hash, [entry]);
    } else {
      bucket.push(entry);
    }
    return entry;
  }
}

/** Keys and lengths before the tag and the key after it. */
const PLAIN_SUMMARY_BYTES = 7;
/** Lengths are a byte each below this; the longest is that of the summary. */
const LENGTH_LIMIT = 128;

/**
 * The bytes of an event between its step and its value, when its summary has one value that has nothing but this tag
 * and a number: keys, lengths, tag, key. Undefined for a tag so long that some length takes more than a byte.
 */
function plainSummaryOf(tag: Uint8Array): PlainSummary | undefined {
  const length = tag.length + PLAIN_SUMMARY_BYTES;
  // Behind the value's own length come the tag with key and length, and the number with its key.
  const value = tag.length + 2 + 5;
  if (value + 2 >= LENGTH_LIMIT) {
    return undefined;
  }
  const bytes = Uint8Array.of(SUMMARY_KEY, value + 2, VALUE_KEY, value, TAG_KEY, tag.length, ...tag, NUMBER_KEY);
  const view = new DataView(bytes.buffer);
  const words = Int32Array.from({ length: Math.ceil(length / 4) }, (_, index) =>
    view.getInt32(Math.min(4 * index, length - 4), true),
  );
  return { length, words };
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
