/** What `npm run bench -- ingest` runs, bundled as the product is. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { csv } from '../../../src/readers/csv.js';
import { jsonLines } from '../../../src/readers/jsonLines.js';
import { recogniseFormat } from '../../../src/readers/formats.js';
import type { LogFormat } from '../../../src/readers/reader.js';
import { tensorboard } from '../../../src/readers/tensorboard.js';
import { measureAppending, measureGrowth } from './growth.js';
import { PRINTED_LINES, writeEventFile, writeJsonLines, writePrinted, writeTable } from './inputs.js';
import { fitLine, inTurns, median, Verdicts } from '../support/measure.js';
import { PrintedSink, readAndCheck, readLines, readWith, StoreSink, SumSink } from './reading.js';
import { ensureTensorboard, loadWithDataServer, loadWithEventAccumulator } from './tensorboardTools.js';
import { BOUND_MISSED } from '../support/boundMissed.js';

const { values: options } = parseArgs({
  options: {
    megabytes: { type: 'string', default: process.env['EVENKEEL_BENCH_MEGABYTES'] ?? '500' },
    rounds: { type: 'string', default: '5' },
    'million-points': { type: 'string', default: process.env['EVENKEEL_BENCH_MILLION_POINTS'] ?? '1,4,16' },
  },
});
const megabytes = Number(options.megabytes);
const rounds = Number(options.rounds);
const sizes = options['million-points'].split(',').map((millions) => Number(millions) * 1e6);

const EVENT_TAGS = 20;
/** TensorBoard's Python loader would take minutes for a large file. */
const PYTHON_BYTES = 10e6;
/** What programs print in days. */
const PRINTED_BYTES = 4e6;
/** As much as the engine looks at to tell a format. */
const HEAD_BYTES = 64 * 1024;

const MEGA = 1e6;
const verdicts = new Verdicts();
const scratch = mkdtempSync(path.join(tmpdir(), 'evenkeel-ingest-'));

function speed(file: string, time: number): string {
  return `${(statSync(file).size / MEGA / time).toFixed(0)} MB/s`;
}

async function benchTensorboard(): Promise<void> {
  const folder = path.join(scratch, 'run');
  mkdirSync(folder);
  const file = path.join(folder, 'events.out.tfevents.1700000000.host');
  writeEventFile(file, megabytes * MEGA, EVENT_TAGS);
  console.log(`TensorBoard scalars, ${(statSync(file).size / MEGA).toFixed(0)} MB, ${EVENT_TAGS} tags`);
  const read = () => readWith(tensorboard, file, new SumSink());
  const alone = await inTurns(rounds, { reader: read, floor: () => void readAndCheck(file) });
  verdicts.note('reader', speed(file, alone.of('reader')));
  verdicts.note('file and CRC-32C alone', speed(file, alone.of('floor')));
  verdicts.ratio('time against the file and its CRC-32C alone', alone.ratio('reader', 'floor'), { atMost: 2 });
  const { missing } = ensureTensorboard();
  if (missing === undefined) {
    await benchDataServer(folder, file);
    benchEventAccumulator(file, alone.of('reader'));
  } else {
    console.log(`skipped: ${missing}`);
  }
}

async function benchDataServer(folder: string, file: string): Promise<void> {
  const times = await inTurns(rounds, {
    reader: () => readWith(tensorboard, file, new SumSink()),
    server: () => loadWithDataServer(folder),
    kept: () => readWith(tensorboard, file, new StoreSink()),
  });
  verdicts.note('reader and store', speed(file, times.of('kept')));
  verdicts.note('data server of TensorBoard, --checksum', speed(file, times.of('server')));
  verdicts.ratio('speed against the data server', times.ratio('server', 'reader'), { atLeast: 2 });
  verdicts.note('the same, every point kept in the store', times.ratio('server', 'kept').toFixed(2));
}

function benchEventAccumulator(file: string, time: number): void {
  const small = path.join(scratch, 'events.out.tfevents.1700000001.host');
  writeEventFile(small, PYTHON_BYTES, EVENT_TAGS);
  const sink = new SumSink();
  readWith(tensorboard, small, sink);
  const loads = Array.from({ length: 3 }, () => loadWithEventAccumulator(small));
  if (loads.some(({ points }) => points !== sink.points)) {
    throw new Error(`the EventAccumulator found ${loads[0]?.points} points, the reader ${sink.points}`);
  }
  const python = median(loads.map((load) => load.seconds));
  verdicts.note('EventAccumulator of TensorBoard (on 10 MB)', speed(small, python));
  const ratio = statSync(file).size / time / (statSync(small).size / python);
  verdicts.ratio('speed against the EventAccumulator', ratio, { atLeast: 20 });
}

async function benchJsonLines(): Promise<void> {
  const file = path.join(scratch, 'metrics.jsonl');
  writeJsonLines(file, megabytes * MEGA);
  console.log(`JSON lines, ${megabytes} MB`);
  await benchRows(file, jsonLines, 'JSON.parse', (line) => void JSON.parse(line));
}

async function benchTable(): Promise<void> {
  const file = path.join(scratch, 'metrics.csv');
  writeTable(file, megabytes * MEGA);
  console.log(`CSV, ${megabytes} MB`);
  let cells = 0;
  await benchRows(file, csv, 'splitting', (line) => {
    cells += line.split(',').length;
  });
  verdicts.note('cells that splitting found in all rounds', String(cells));
}

async function benchRows(file: string, format: LogFormat, name: string, take: (line: string) => void): Promise<void> {
  const times = await inTurns(rounds, {
    reader: () => readWith(format, file, new SumSink()),
    lines: () => readLines(file, take),
    kept: () => readWith(format, file, new StoreSink()),
  });
  verdicts.note('reader', speed(file, times.of('reader')));
  verdicts.note('reader and store', speed(file, times.of('kept')));
  verdicts.note(`lines and ${name} alone`, speed(file, times.of('lines')));
  verdicts.ratio(`speed against ${name}`, times.ratio('lines', 'reader'), { atLeast: 0.8 });
  rmSync(file);
}

/** What is printed has no reference to be held against: any other reader knows one shape of line, this one all. */
async function benchPrinted(): Promise<void> {
  console.log(`Printed logs, ${PRINTED_BYTES / MEGA} MB each`);
  for (const [name, print] of Object.entries(PRINTED_LINES)) {
    const file = path.join(scratch, 'train.log');
    writePrinted(file, PRINTED_BYTES, print);
    const bytes = readFileSync(file);
    const answer = recogniseFormat({ path: file, bytes: bytes.subarray(0, HEAD_BYTES), size: bytes.length });
    if ('refused' in answer) {
      throw new Error(`${name}: ${answer.refused}`);
    }
    let points = 0;
    const times = await inTurns(rounds, {
      reader: () => {
        const sink = new PrintedSink();
        readWith(answer.format, file, sink);
        points = sink.points;
      },
    });
    const microseconds = (times.of('reader') / points) * 1e6;
    verdicts.note(
      `${name}, as ${answer.format.id}`,
      `${speed(file, times.of('reader'))}, ${microseconds.toFixed(1)} µs a point`,
    );
  }
}

async function benchGrowth(): Promise<void> {
  console.log('Growth, 200 tags, read and kept');
  const growth = await measureGrowth(sizes);
  for (const { points, seconds, bytes } of growth) {
    const nanoseconds = (seconds / points) * 1e9;
    verdicts.note(
      `${points / 1e6} million points`,
      `${nanoseconds.toFixed(0)} ns, ${(bytes / points).toFixed(1)} bytes`,
    );
  }
  verdicts.note('memory of the process at its largest', `${(process.resourceUsage().maxRSS / 1e3).toFixed(0)} MB`);
  const bytesAPoint = growth.map(({ points, bytes }) => bytes / points);
  verdicts.ratio('bytes a point, at most', Math.max(...bytesAPoint), { atMost: 24 });
  const time = fitLine(growth.map(({ points, seconds }) => [points, seconds]));
  const memory = fitLine(growth.map(({ points, bytes }) => [points, bytes]));
  verdicts.note('time of a further point', `${(time.slope * 1e9).toFixed(0)} ns`);
  verdicts.note('memory of a further point', `${memory.slope.toFixed(1)} bytes`);
  verdicts.ratio('fit of time to a line (R²)', time.r2, { atLeast: 0.95 });
  verdicts.ratio('fit of memory to a line (R²)', memory.r2, { atLeast: 0.98 });
}

function benchAppending(): void {
  const [small = NaN, large = NaN] = measureAppending([10e3, 10e6]);
  verdicts.note('one more row of 200 tags after 10 thousand points', `${(small * 1e6).toFixed(0)} µs`);
  verdicts.note('after 10 million points', `${(large * 1e6).toFixed(0)} µs`);
  verdicts.ratio('the latter against the former', large / small, { atMost: 2 });
}

async function main(): Promise<void> {
  try {
    await benchTensorboard();
    await benchJsonLines();
    await benchTable();
    await benchPrinted();
    await benchGrowth();
    benchAppending();
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  for (const broken of verdicts.broken) {
    console.error(broken);
  }
  process.exitCode = verdicts.broken.length > 0 ? BOUND_MISSED : 0;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
