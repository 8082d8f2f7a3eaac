import type { JsonValue } from '../model/json.js';
import type { RecordSink } from '../model/record.js';
import { LogBlockReader } from './binary/logBlocks.js';
import { BYTES, ProtobufCursor, VARINT } from './binary/protobuf.js';
import { fileName } from './common/headLines.js';
import { ProblemLog } from './common/problemLog.js';
import { flattenConfiguration } from './json/flatten.js';
import { parseLenientJson } from './json/lenientJson.js';
import type { FileHead, LogFormat, LogReader, Recognition } from './reader.js';
import { ObjectRows } from './rows/objectRows.js';
import { MAXIMUM_TAGS } from './rows/rowEmitter.js';
import { parseNumber } from './text/numbers.js';
import { decodeUtf8 } from './text/utf8.js';

/** What a run writes to its own disk, whether it is online or not. */
export const wandbOffline: LogFormat = {
  id: 'wandb',
  title: 'W&B run file',
  writtenBy: 'wandb (run-….wandb, online and offline runs)',
  recognise,
  open: (_path, sink) => new WandbReader(sink),
};

/** `:W&B`, the magic number 0xBEE1 and the version. */
const FILE_HEADER = [0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0x00];

function recognise({ path, bytes }: FileHead): Recognition {
  if (bytes.length >= 4 && FILE_HEADER.every((byte, index) => index >= bytes.length || bytes[index] === byte)) {
    return { confidence: 1, reason: 'begins as the run files of W&B do' };
  }
  return fileName(path).endsWith('.wandb')
    ? { confidence: 0.4, reason: 'named like a run file of W&B' }
    : { confidence: 0, reason: 'no run file of W&B' };
}

/** `Record` of wandb/proto/wandb_internal.proto. */
const HISTORY = 2;
const SUMMARY = 3;
const CONFIG = 5;
const STATS = 7;
const RUN = 17;
const EXIT = 18;
/** Fields of the items in history, summary, configuration and system metrics. */
const ITEM_KEY = 1;
const ITEM_NESTED_KEY = 2;
const ITEM_VALUE = 16;

class WandbReader implements LogReader {
  readonly #sink: RecordSink;
  readonly #problems: ProblemLog;
  readonly #records: LogBlockReader;
  readonly #rows: ObjectRows;
  readonly #systemTags = new Map<string, number>();
  readonly #summary = new Map<string, JsonValue>();
  #step = 0;

  constructor(sink: RecordSink) {
    this.#sink = sink;
    this.#problems = new ProblemLog(sink);
    this.#rows = new ObjectRows(sink);
    this.#records = new LogBlockReader(
      {
        record: (bytes, view, from, to) => this.#record(cursorOver(bytes, view, from, to)),
        problem: (offset, message) => this.#problems.report(offset, message),
      },
      FILE_HEADER.length,
    );
  }

  read(chunk: Uint8Array): void {
    this.#records.read(chunk);
  }

  end(): void {
    this.#records.end();
    this.#rows.end();
    this.#tellSummary();
    this.#problems.end();
  }

  #record(record: ProtobufCursor): void {
    while (record.next()) {
      if (record.wire !== BYTES) {
        record.skip();
        continue;
      }
      record.readBytes();
      this.#part(record.field, cursorOver(record.bytes, record.view, record.from, record.to));
    }
    if (record.malformed) {
      this.#problems.report(this.#records.offset, `record ${this.#records.number}: not a well-formed record`);
    }
  }

  #part(field: number, part: ProtobufCursor): void {
    switch (field) {
      case HISTORY:
        return this.#history(readItems(part, 1));
      case SUMMARY:
        return readItems(part, 1).forEach((value, key) => this.#summary.set(key, value));
      case CONFIG:
        return this.#configuration(part);
      case STATS:
        return this.#stats(part);
      case RUN:
        return this.#run(part);
      case EXIT:
        return this.#exit(part);
    }
  }

  #history(items: ReadonlyMap<string, JsonValue>): void {
    const step = items.get('_step');
    if (typeof step === 'number') {
      this.#step = step;
    }
    this.#rows.add(Object.fromEntries(items));
  }

  #configuration(part: ProtobufCursor): void {
    const values: Record<string, JsonValue> = {};
    for (const [key, value] of readItems(part, 1)) {
      if (key !== '_wandb' && !key.startsWith('_wandb/') && key !== '__proto__') {
        values[key] = value;
      }
    }
    if (Object.keys(values).length > 0) {
      this.#sink.configuration(flattenConfiguration(values));
    }
  }

  /** `RunRecord`: its field 4 is the configuration with which the run began. */
  #run(part: ProtobufCursor): void {
    while (part.next()) {
      if (part.wire !== BYTES) {
        part.skip();
        continue;
      }
      part.readBytes();
      if (part.field === 4) {
        this.#configuration(cursorOver(part.bytes, part.view, part.from, part.to));
      }
    }
  }

  /** `StatsRecord`: field 2 is a time stamp, field 3 the items. They stand at the step that was last logged. */
  #stats(part: ProtobufCursor): void {
    const time = readTime(cursorOver(part.bytes, part.view, part.position, part.end));
    for (const [key, value] of readItems(part, 3)) {
      const number = typeof value === 'number' ? value : typeof value === 'string' ? parseNumber(value) : undefined;
      const tag = this.#systemTag(`system/${key}`);
      if (number !== undefined && tag !== undefined) {
        this.#sink.scalar(tag, this.#step, number, time);
      }
    }
  }

  #systemTag(name: string): number | undefined {
    let tag = this.#systemTags.get(name);
    if (tag === undefined && this.#systemTags.size < MAXIMUM_TAGS) {
      tag = this.#sink.tag(name);
      this.#systemTags.set(name, tag);
    }
    return tag;
  }

  #exit(part: ProtobufCursor): void {
    let code = 0;
    while (part.next()) {
      if (part.field === 1 && part.wire === VARINT) {
        code = part.readInt64();
      } else {
        part.skip();
      }
    }
    this.#sink.ended(code === 0 ? 'finished' : 'failed', `the run ended with exit code ${code}`);
  }

  /** What the run's summary says in the end, apart from what every run has. */
  #tellSummary(): void {
    const values: Record<string, JsonValue> = {};
    for (const [key, value] of this.#summary) {
      if (!key.startsWith('_')) {
        values[`summary/${key}`] = value;
      }
    }
    this.#summary.clear();
    if (Object.keys(values).length > 0) {
      this.#sink.configuration(flattenConfiguration(values));
    }
  }
}

function cursorOver(bytes: Uint8Array, view: DataView, from: number, to: number): ProtobufCursor {
  const cursor = new ProtobufCursor();
  cursor.open(bytes, view, from, to);
  return cursor;
}

/** The items of a record under field `field`, by their keys; nested keys are joined with `/`. */
function readItems(part: ProtobufCursor, field: number): Map<string, JsonValue> {
  const items = new Map<string, JsonValue>();
  while (part.next()) {
    if (part.wire !== BYTES) {
      part.skip();
      continue;
    }
    part.readBytes();
    if (part.field === field) {
      readItem(cursorOver(part.bytes, part.view, part.from, part.to), items);
    }
  }
  return items;
}

function readItem(item: ProtobufCursor, items: Map<string, JsonValue>): void {
  const keys: string[] = [];
  let json = '';
  while (item.next()) {
    if (item.wire !== BYTES) {
      item.skip();
      continue;
    }
    item.readBytes();
    const text = decodeUtf8(item.bytes.subarray(item.from, item.to));
    if (item.field === ITEM_VALUE) {
      json = text;
    } else if (item.field === ITEM_KEY || item.field === ITEM_NESTED_KEY) {
      keys.push(text);
    }
  }
  const key = keys.filter((part) => part !== '').join('/');
  const value = parseJson(json);
  if (key !== '' && value !== undefined) {
    items.set(key, value);
  }
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return parseLenientJson(text);
  }
}

/** The `google.protobuf.Timestamp` in field 2 as seconds since 1970; NaN when there is none. */
function readTime(part: ProtobufCursor): number {
  while (part.next()) {
    if (part.wire !== BYTES) {
      part.skip();
      continue;
    }
    part.readBytes();
    if (part.field === 2) {
      return readTimestamp(cursorOver(part.bytes, part.view, part.from, part.to));
    }
  }
  return NaN;
}

function readTimestamp(stamp: ProtobufCursor): number {
  let seconds = 0;
  let nanoseconds = 0;
  while (stamp.next()) {
    if (stamp.field === 1 && stamp.wire === VARINT) {
      seconds = stamp.readInt64();
    } else if (stamp.field === 2 && stamp.wire === VARINT) {
      nanoseconds = stamp.readInt64();
    } else {
      stamp.skip();
    }
  }
  return seconds + nanoseconds / 1e9;
}
