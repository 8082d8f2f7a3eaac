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

const SIGNATURES: readonly (readonly [bytes: readonly number[], what: string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], 'a ZIP archive (a checkpoint of torch.save or NumPy is one), not a log'],
  [[0x1f, 0x8b], 'compressed with gzip: unpack it first'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'compressed with zstd: unpack it first'],
  [[0x42, 0x5a, 0x68], 'compressed with bzip2: unpack it first'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'compressed with xz: unpack it first'],
  [[0x89, 0x48, 0x44, 0x46], 'an HDF5 file, not a log'],
  [[0x89, 0x50, 0x4e, 0x47], 'a PNG picture'],
  [[0x50, 0x41, 0x52, 0x31], 'a Parquet file, not a log'],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65], 'an SQLite database, not a log'],
];

function binary(head: FileHead): string | undefined {
  const signature = SIGNATURES.find(([bytes]) => bytes.every((byte, index) => head.bytes[index] === byte));
  return signature?.[1];
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
