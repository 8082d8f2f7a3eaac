import { table } from '../base/table.js';
import type { RecordSink, SkippedKind, StepUnit } from '../model/record.js';
import { crc32c, maskCrc } from './binary/crc32c.js';
import { readHParams } from './binary/hparams.js';
import { BYTES, FIXED32, FIXED64, ProtobufCursor, VARINT } from './binary/protobuf.js';
import { TagTable, type PlainSummary, type TagEntry } from './binary/tagTable.js';
import { readTensor, type TensorContent } from './binary/tensorProto.js';
import { TfRecordReader } from './binary/tfRecord.js';
import { fileName } from './common/headLines.js';
import { ProblemLog } from './common/problemLog.js';
import { flattenConfiguration } from './json/flatten.js';
import { parseObject } from './jsonLines.js';
import type { FileHead, LogFormat, LogReader, Recognition } from './reader.js';
import { MAXIMUM_TAGS } from './rows/rowEmitter.js';
import { settingOf } from './settings/values.js';
import { decodeUtf8 } from './text/utf8.js';

/** TensorBoard's event files: a TFRecord stream of `Event` messages. */
export const tensorboard: LogFormat = {
  id: 'tensorboard',
  title: 'TensorBoard event file',
  writtenBy: 'torch SummaryWriter, tensorboardX, TensorFlow 1 and 2, Keras, JAX (clu, flax), Megatron-LM',
  recognise,
  open: (_path, sink) => new TensorboardReader(sink),
};

function recognise({ path, bytes }: FileHead): Recognition {
  const named = /tfevents/.test(fileName(path));
  if (bytes.length >= 12) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const isFramed = maskCrc(crc32c(bytes, 0, 8)) === view.getInt32(8, true);
    if (isFramed && (named || isEvent(bytes, view))) {
      return { confidence: 1, reason: 'a stream of checksummed events' };
    }
    if (isFramed) {
      return { confidence: 0, reason: 'a TFRecord file of data, not of TensorBoard events' };
    }
  }
  return named
    ? { confidence: 0.8, reason: 'named like an event file' }
    : { confidence: 0, reason: 'no checksummed record at its beginning' };
}

/** An event begins with its wall time, field 1 as a double; a record of training data begins with something else. */
function isEvent(bytes: Uint8Array, view: DataView): boolean {
  return bytes[12] === 0x09 && bytes.length >= 21 && view.getFloat64(13, true) >= 0;
}

/** `Event.what` of tensorflow/core/util/event.proto. */
const EVENT_GRAPH = 4;
const EVENT_SUMMARY = 5;
const EVENT_METADATA_OF_RUN = 8;
const EVENT_META_GRAPH = 9;

/** `Summary.Value` of tensorflow/core/framework/summary.proto. */
const VALUE_TAG = 1;
const VALUE_SIMPLE = 2;
const VALUE_OLD_HISTOGRAM = 3;
const VALUE_IMAGE = 4;
const VALUE_HISTOGRAM = 5;
const VALUE_AUDIO = 6;
const VALUE_NODE_NAME = 7;
const VALUE_TENSOR = 8;
const VALUE_METADATA = 9;

/** Field number and wire type in one byte, as they stand before wall time and step of a plain scalar. */
const WALL_TIME_KEY = 0x09;
const STEP_KEY = 0x10;
/** Where the step is in a plain scalar, and the size of its value at the end. */
const STEP_OFFSET = 10;
const VALUE_BYTES = 4;
/** Steps of more than six bytes, 2^42 and negative ones, are left to the general way. */
const MAXIMUM_PLAIN_SCALE = 2 ** 42;

/** What tags of TensorBoard's own plugins hold. */
const KIND_OF_PLUGIN = table<SkippedKind>({
  histograms: 'histogram',
  distributions: 'histogram',
  images: 'image',
  audio: 'audio',
  text: 'text',
  graphs: 'graph',
  graph_keras_model: 'graph',
  graph_run_metadata: 'graph',
  graph_run_metadata_graph: 'graph',
});

const SCALAR_PLUGIN = 'scalars';
const HPARAMS_PLUGIN = 'hparams';

/** A setting is short; a generated sample that was logged as text is long. */
const MAXIMUM_SETTING_LENGTH = 120;

class TensorboardReader implements LogReader {
  readonly #sink: RecordSink;
  readonly #problems: ProblemLog;
  readonly #records: TfRecordReader;
  readonly #tags = new TagTable(MAXIMUM_TAGS);
  readonly #event = new ProtobufCursor();
  readonly #value = new ProtobufCursor();
  readonly #inner = new ProtobufCursor();
  #wallTime = NaN;
  #step = 0;
  #hasScalars = false;
  #saidTooMany = false;

  constructor(sink: RecordSink) {
    this.#sink = sink;
    this.#problems = new ProblemLog(sink);
    this.#records = new TfRecordReader({
      record: (bytes, view, from, to) => this.#readEvent(bytes, view, from, to),
      problem: (offset, message) => this.#problems.report(offset, message),
    });
  }

  read(chunk: Uint8Array): void {
    this.#records.read(chunk);
  }

  end(): void {
    this.#records.end();
    this.#problems.end();
  }

  /**
   * Nearly every record of a large file is one scalar, its fields in the order of their numbers, of the tag that
   * followed the tag before the last time, too. Such a record is compared with what it should be, in one go; false when
   * it is any other.
   */
  #readPlainScalar(bytes: Uint8Array, view: DataView, from: number, to: number): boolean {
    const tag = this.#tags.expected;
    const summary = tag?.plainSummary;
    if (tag === undefined || summary === undefined) {
      return false;
    }
    const end = to - VALUE_BYTES - summary.length;
    let position = from + STEP_OFFSET;
    if (
      position >= end ||
      bytes[from] !== WALL_TIME_KEY ||
      bytes[position - 1] !== STEP_KEY ||
      !isPlainSummary(view, end, summary)
    ) {
      return false;
    }
    let step = 0;
    let scale = 1;
    let byte = bytes[position++] as number;
    while (byte >= 128 && scale < MAXIMUM_PLAIN_SCALE) {
      step += (byte & 127) * scale;
      scale *= 128;
      byte = bytes[position++] as number;
    }
    if (byte >= 128 || position !== end) {
      return false;
    }
    this.#tags.accept(tag);
    this.#step = step + byte * scale;
    this.#wallTime = view.getFloat64(from + 1, true);
    this.#emit(tag, view.getFloat32(to - VALUE_BYTES, true));
    return true;
  }

  #readEvent(bytes: Uint8Array, view: DataView, from: number, to: number): void {
    if (this.#readPlainScalar(bytes, view, from, to)) {
      return;
    }
    const event = this.#event;
    event.open(bytes, view, from, to);
    this.#wallTime = NaN;
    this.#step = 0;
    while (event.next()) {
      if (event.field === 1 && event.wire === FIXED64) {
        this.#wallTime = event.readDouble();
      } else if (event.field === 2 && event.wire === VARINT) {
        this.#step = event.readInt64();
      } else if (event.field === EVENT_SUMMARY && event.wire === BYTES) {
        event.readBytes();
        this.#readSummary(event, event.from, event.to);
      } else {
        this.#skipEventField(event);
      }
    }
    if (event.malformed) {
      this.#reportMalformed();
    }
  }

  #skipEventField(event: ProtobufCursor): void {
    const { field } = event;
    event.skip();
    if (field === EVENT_GRAPH || field === EVENT_META_GRAPH) {
      this.#sink.skipped('graph', 'graph');
    } else if (field === EVENT_METADATA_OF_RUN) {
      this.#sink.skipped('other', 'run metadata');
    }
  }

  #reportMalformed(): void {
    this.#problems.report(this.#records.offset, `record ${this.#records.number}: not a well-formed event`);
  }

  #readSummary(event: ProtobufCursor, from: number, to: number): void {
    const value = this.#value;
    let position = from;
    while (position < to) {
      value.open(event.bytes, event.view, position, to);
      if (!value.next()) {
        break;
      }
      if (value.field === 1 && value.wire === BYTES) {
        value.readBytes();
        position = value.position;
        this.#readValue(value, value.from, value.to);
      } else {
        value.skip();
        position = value.position;
      }
      if (value.malformed) {
        break;
      }
    }
    if (value.malformed) {
      this.#reportMalformed();
    }
  }

  #readValue(value: ProtobufCursor, from: number, to: number): void {
    value.position = from;
    value.end = to;
    let tagFrom = 0;
    let tagTo = 0;
    let kind = 0;
    let simple = NaN;
    let contentFrom = 0;
    let contentTo = 0;
    let metadataFrom = 0;
    let metadataTo = 0;
    while (value.next()) {
      const { field, wire } = value;
      if (field === VALUE_SIMPLE && wire === FIXED32) {
        simple = value.readFloat();
        kind = VALUE_SIMPLE;
      } else if (wire !== BYTES) {
        value.skip();
      } else {
        value.readBytes();
        if (field === VALUE_TAG || (field === VALUE_NODE_NAME && tagTo === tagFrom)) {
          tagFrom = value.from;
          tagTo = value.to;
        } else if (field === VALUE_METADATA) {
          metadataFrom = value.from;
          metadataTo = value.to;
        } else if (field >= VALUE_OLD_HISTOGRAM && field <= VALUE_TENSOR) {
          kind = field;
          contentFrom = value.from;
          contentTo = value.to;
        }
      }
    }
    if (value.malformed) {
      return;
    }
    const tag = this.#tags.find(value.bytes, tagFrom, tagTo);
    if (tag === undefined) {
      this.#reportTooMany();
      return;
    }
    if (metadataTo > metadataFrom && this.#readMetadata(tag, value, metadataFrom, metadataTo)) {
      return;
    }
    if (kind === VALUE_SIMPLE) {
      this.#emit(tag, simple);
    } else if (kind === VALUE_TENSOR) {
      this.#inner.open(value.bytes, value.view, contentFrom, contentTo);
      this.#readTensorValue(tag, readTensor(this.#inner, contentFrom, contentTo));
    } else {
      this.#sink.skipped(kindOfField(kind), tag.name);
    }
  }

  #emit(tag: TagEntry, value: number): void {
    if (tag.handle < 0) {
      const stepUnit = stepUnitOfTag(tag.name);
      tag.handle = this.#sink.tag(tag.name, stepUnit === undefined ? undefined : { stepUnit });
      this.#hasScalars = true;
    }
    this.#sink.scalar(tag.handle, this.#step, value, this.#wallTime);
  }

  #reportTooMany(): void {
    if (!this.#saidTooMany) {
      this.#saidTooMany = true;
      this.#problems.report(this.#records.offset, 'more than 100,000 different tags: further ones are left out');
    }
  }

  /** Remembers the plugin of a tag; true when the value was one of hyperparameters and is dealt with. */
  #readMetadata(tag: TagEntry, value: ProtobufCursor, from: number, to: number): boolean {
    const metadata = this.#inner;
    metadata.open(value.bytes, value.view, from, to);
    while (metadata.next()) {
      if (metadata.field !== 1 || metadata.wire !== BYTES) {
        metadata.skip();
        continue;
      }
      metadata.readBytes();
      metadata.open(value.bytes, value.view, metadata.from, metadata.to);
      return this.#readPluginData(tag, metadata);
    }
    return false;
  }

  #readPluginData(tag: TagEntry, data: ProtobufCursor): boolean {
    let contentFrom = 0;
    let contentTo = 0;
    while (data.next()) {
      if (data.wire !== BYTES) {
        data.skip();
        continue;
      }
      data.readBytes();
      if (data.field === 1) {
        tag.plugin = decodeUtf8(data.bytes.subarray(data.from, data.to));
      } else if (data.field === 2) {
        contentFrom = data.from;
        contentTo = data.to;
      }
    }
    if (tag.plugin !== HPARAMS_PLUGIN) {
      return false;
    }
    const { values, outcome } = readHParams(data.bytes, data.view, contentFrom, contentTo);
    if (Object.keys(values).length > 0) {
      this.#sink.configuration(flattenConfiguration(values));
    }
    // torch's add_hparams closes the session in the moment in which it opens it, before anything was logged.
    if (outcome !== undefined && (outcome === 'failed' || this.#hasScalars)) {
      this.#sink.ended(outcome, 'the hyperparameter session was closed');
    }
    return true;
  }

  #readTensorValue(tag: TagEntry, tensor: TensorContent): void {
    const { plugin } = tag;
    if (plugin === 'text' || (plugin === '' && tensor.strings.length > 0)) {
      this.#readText(tag, tensor.strings);
    } else if ((plugin === '' || plugin === SCALAR_PLUGIN) && tensor.isNumeric && tensor.count === 1) {
      this.#emit(tag, tensor.value);
    } else {
      this.#sink.skipped(KIND_OF_PLUGIN[plugin] ?? (plugin === '' ? 'tensor' : 'other'), tag.name);
    }
  }

  /** Megatron logs each argument as a text of its own, the Hugging Face Trainer all of them as one JSON text. */
  #readText(tag: TagEntry, strings: readonly string[]): void {
    this.#sink.skipped('text', tag.name);
    const text = strings[0];
    if (text === undefined || strings.length > 1 || tag.handle !== -1) {
      return;
    }
    tag.handle = TEXT_WAS_READ;
    const name = tag.name.replace(/\/text_summary$/, '');
    const object = text.startsWith('{') ? parseObject(text) : undefined;
    if (object !== undefined) {
      this.#sink.configuration(flattenConfiguration(name === 'args' ? object : { [name]: object }));
    } else if (text.length <= MAXIMUM_SETTING_LENGTH && !text.includes('\n')) {
      this.#sink.configuration({ [name]: settingOf(text) });
    }
  }
}

function isPlainSummary(view: DataView, from: number, { length, words }: PlainSummary): boolean {
  const last = words.length - 1;
  for (let index = 0; index < last; index++) {
    if (view.getInt32(from + 4 * index, true) !== words[index]) {
      return false;
    }
  }
  return view.getInt32(from + length - 4, true) === words[last];
}

/** In place of a handle: the text of the tag was taken as a setting, later ones of the same tag are samples. */
const TEXT_WAS_READ = -2;

/** Megatron logs most of its tags twice: against iterations, and against consumed samples or tokens. */
function stepUnitOfTag(name: string): StepUnit | undefined {
  return name.endsWith(' vs samples') ? 'sample' : name.endsWith(' vs tokens') ? 'token' : undefined;
}

function kindOfField(field: number): SkippedKind {
  switch (field) {
    case VALUE_OLD_HISTOGRAM:
    case VALUE_HISTOGRAM:
      return 'histogram';
    case VALUE_IMAGE:
      return 'image';
    case VALUE_AUDIO:
      return 'audio';
    default:
      return 'other';
  }
}
