import { fileName, inspectLines } from './common/headLines.js';
import type { FileHead } from './reader.js';
import { looksLikeMetric, plainName, stepRank } from './rows/columnNames.js';
import { delimiterOf, splitCells } from './text/cells.js';

/** What a file is that could be taken for a log and is none; undefined when nothing speaks against it. */
export function reasonNotToRead(head: FileHead): string | undefined {
  for (const look of [empty, lfsPointer, binary, source, telemetry, oneRowPerRun]) {
    const reason = look(head);
    if (reason !== undefined) {
      return reason;
    }
  }
  return undefined;
}

function empty({ bytes }: FileHead): string | undefined {
  return bytes.length === 0 ? 'empty: nothing has been logged yet' : undefined;
}

function lfsPointer(head: FileHead): string | undefined {
  const { lines } = inspectLines(head);
  return /^version https:\/\/(?:git-lfs\.github\.com|hawser\.github\.com)\/spec\//.test(lines[0] ?? '')
    ? 'a Git LFS pointer, not the log itself: run git lfs pull'
    : undefined;
}

/** What begins a file of another trade, at a place in it. */
interface Signature {
  readonly bytes: readonly number[];
  readonly at?: number;
  readonly what: string;
}

const COMPRESSED = (program: string): string => `compressed with ${program}: unpack it first`;
const PICTURE = (kind: string): string => `a ${kind} picture, not a log`;

const SIGNATURES: readonly Signature[] = [
  { bytes: [0x1f, 0x8b], what: COMPRESSED('gzip') },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], what: COMPRESSED('zstd') },
  { bytes: [...ascii('BZh')], what: COMPRESSED('bzip2') },
  { bytes: [0xfd, ...ascii('7zXZ')], what: COMPRESSED('xz') },
  { bytes: [0x04, 0x22, 0x4d, 0x18], what: COMPRESSED('lz4') },
  { bytes: [...ascii('7z'), 0xbc, 0xaf, 0x27, 0x1c], what: 'a 7-Zip archive: unpack it first' },
  { bytes: ascii('Rar!'), what: 'a RAR archive: unpack it first' },
  { bytes: [0x89, ...ascii('HDF')], what: 'an HDF5 file (Keras keeps checkpoints in it), not a log' },
  { bytes: ascii('GGUF'), what: 'a GGUF model, not a log' },
  { bytes: [0x93, ...ascii('NUMPY')], what: 'a NumPy array, not a log' },
  {
    bytes: ascii('PAR1'),
    what: 'a Parquet file, which is not read: save its table as CSV, as with pandas.read_parquet(…).to_csv(…)',
  },
  { bytes: ascii('ARROW1'), what: 'an Arrow file, not a log' },
  { bytes: ascii('SQLite'), what: 'an SQLite database, not a log' },
  { bytes: [0x89, ...ascii('PNG')], what: PICTURE('PNG') },
  { bytes: [0xff, 0xd8, 0xff], what: PICTURE('JPEG') },
  { bytes: ascii('GIF8'), what: PICTURE('GIF') },
  { bytes: ascii('WEBP'), at: 8, what: PICTURE('WebP') },
  { bytes: ascii('ftyp'), at: 4, what: 'a film, not a log' },
  { bytes: ascii('%PDF'), what: 'a PDF document, not a log' },
  { bytes: [0x7f, ...ascii('ELF')], what: 'a program or library, not a log' },
];

function binary(head: FileHead): string | undefined {
  return archiveOrCheckpoint(head) ?? SIGNATURES.find(({ bytes, at = 0 }) => holds(head.bytes, bytes, at))?.what;
}

const PYTORCH_CHECKPOINT = 'a PyTorch checkpoint, not a log';
/** Where a tar archive says that it is one. */
const TAR_MARK_AT = 257;

/** Containers that say only inside, or by the name of the file, what they hold. */
function archiveOrCheckpoint({ bytes, path }: FileHead): string | undefined {
  if (holds(bytes, ascii('PK\x03\x04'), 0) || holds(bytes, ascii('PK\x05\x06'), 0)) {
    return zipContent(bytes, path);
  }
  if (isSafetensors(bytes)) {
    return 'a safetensors checkpoint, not a log';
  }
  if (isPickle(bytes)) {
    return TORCH_NAME.test(path) || holdsAnywhere(bytes, 'torch') ? PYTORCH_CHECKPOINT : 'a Python pickle, not a log';
  }
  if (holds(bytes, ascii('ustar'), TAR_MARK_AT)) {
    return TORCH_NAME.test(path) || holds(bytes, ascii('storages'), 0) || holdsAnywhere(bytes, 'pickle')
      ? PYTORCH_CHECKPOINT
      : 'a tar archive: unpack it first';
  }
  return undefined;
}

const TORCH_NAME = /\.(?:pt|pth|pt2|ckpt|bin|mar)$/i;

/** torch.save puts everything into one folder with a `data.pkl`; NumPy and Keras call their parts otherwise. */
function zipContent(bytes: Uint8Array, path: string): string {
  if (holdsAnywhere(bytes, '/data.pkl') || (TORCH_NAME.test(path) && holdsAnywhere(bytes, '.data/'))) {
    return PYTORCH_CHECKPOINT;
  }
  if (/\.keras$/i.test(path) || holdsAnywhere(bytes, 'model.weights.h5')) {
    return 'a Keras checkpoint, not a log';
  }
  if (/\.npz$/i.test(path) || holdsAnywhere(bytes.subarray(0, 1024), '.npy')) {
    return 'a NumPy archive, not a log';
  }
  return 'a ZIP archive: unpack it first';
}

/** A header of JSON whose length comes first, in eight bytes with the lowest in front. */
function isSafetensors(bytes: Uint8Array): boolean {
  return bytes[6] === 0 && bytes[7] === 0 && holds(bytes, ascii('{"'), 8) && holdsAnywhere(bytes, '"dtype":');
}

/** Protocols 2 and up begin with their number; the older ones, in letters, with how they make a dictionary or list. */
function isPickle(bytes: Uint8Array): boolean {
  const version = bytes[1] ?? 0;
  return (
    (bytes[0] === 0x80 && version >= 2 && version <= 5) ||
    ['(dp0\n', '(lp0\n', 'ccopy_reg\n', 'ccollections\n'].some((opening) => holds(bytes, ascii(opening), 0))
  );
}

function holds(bytes: Uint8Array, wanted: readonly number[], at: number): boolean {
  return wanted.every((byte, index) => bytes[at + index] === byte);
}

function holdsAnywhere(bytes: Uint8Array, word: string): boolean {
  const wanted = ascii(word);
  for (let at = bytes.indexOf(wanted[0] as number); at >= 0; at = bytes.indexOf(wanted[0] as number, at + 1)) {
    if (holds(bytes, wanted, at)) {
      return true;
    }
  }
  return false;
}

function ascii(text: string): number[] {
  return Array.from(text, (letter) => letter.charCodeAt(0));
}

const SOURCE_NAME =
  /\.(?:py|pyi|ipynb|js|mjs|cjs|ts|tsx|jsx|c|cc|cpp|cu|cuh|h|hpp|java|rs|go|md|rst|html?|css|scss|svg|xml|sh|toml|cfg|ini|lock|tex|diff|patch)$/i;

function source(head: FileHead): string | undefined {
  if (SOURCE_NAME.test(fileName(head.path))) {
    return 'source code or a document, not a log';
  }
  const first = inspectLines(head).lines[0] ?? '';
  return /^\s*<(?:!doctype|html|\?xml|svg)/i.test(first) ? 'a web page or XML, not a log' : undefined;
}

const TELEMETRY =
  /^(?:timestamp|time|index|name|uuid|pci bus id|driver version|pstate|(?:gpu|cpu|mem|memory|ram|vram|disk|net|network|power|temp|temperature|fan|clocks?|utili[sz]ation|encoder|decoder|pcie|sm|util|usage|proc)(?: .*)?|.* (?:usage|util|utili[sz]ation|temp|temperature|mib|mb|gb|w|watts?|c|mhz|rpm|celsius|percent))$/;

/** nvidia-smi, dcgm and psutil write tables, too: nothing in them is training. */
function telemetry(head: FileHead): string | undefined {
  const names = header(head);
  if (names.length < 2 || names.some(looksLikeMetric)) {
    return undefined;
  }
  const plain = names.map((name) => plainName(name.replace(/[[\]()%]/g, ' ')));
  const measuring = plain.filter((name) => TELEMETRY.test(name));
  const aboutMachine = plain.some((name) =>
    /\b(?:gpu|cpu|power|temp|temperature|memory|mem|utili[sz]ation|vram)\b/.test(name),
  );
  return aboutMachine && measuring.length >= 0.75 * plain.length
    ? 'telemetry of a machine (GPU, CPU, power), not a training log'
    : undefined;
}

const RUN_NAMES = new Set([
  'run',
  'run id',
  'run name',
  'name',
  'experiment',
  'experiment name',
  'exp',
  'exp name',
  'trial',
  'trial id',
  'run path',
]);

/** Tables that compare runs have one row for each, and no step to plot against. */
function oneRowPerRun(head: FileHead): string | undefined {
  const names = header(head);
  const run = names.findIndex((name) => RUN_NAMES.has(plainName(name)));
  if (run < 0 || names.length < 3 || names.some((name) => hasStep(name))) {
    return undefined;
  }
  const { lines } = inspectLines(head);
  const delimiter = delimiterOf(lines[0] ?? '');
  const values = lines.slice(1, 50).map((line) => splitCells(line, delimiter)[run] ?? '');
  const isDistinct = values.length > 0 && new Set(values).size === values.length;
  return isDistinct ? 'a table with one row per run, not the log of one: open the runs themselves' : undefined;
}

/** A final value such as `epoch` of each run's last row does not make a table of runs a log. */
function hasStep(name: string): boolean {
  return stepRank(name) !== undefined;
}

function header(head: FileHead): readonly string[] {
  const first = inspectLines(head).lines.find((line) => !line.startsWith('#')) ?? '';
  return first.length > 20_000 || /^[{[<]/.test(first)
    ? []
    : splitCells(first, delimiterOf(first)).map((name) => name.trim());
}
