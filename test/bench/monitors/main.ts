/** What `npm run bench -- monitors` runs, bundled as the product is. */
import { parseArgs } from 'node:util';
import { RunAnalysis } from '../../../src/engine/runs/runAnalysis.js';
import { MONITORS } from '../../../src/monitors/monitors.js';
import type { Monitor } from '../../../src/monitors/monitor.js';
import { BOUND_MISSED } from '../support/boundMissed.js';
import { fitLine, inTurns, processorSeconds, Verdicts } from '../support/measure.js';
import { madeSamples } from './samples.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    'million-samples': { type: 'string', default: '0.25,0.5,1,2' },
  },
});
const rounds = Number(options.rounds);
const sizes = options['million-samples'].split(',').map((millions) => Number(millions) * 1e6);

const verdicts = new Verdicts();

/** Samples in columns, so that making them costs nothing while time is taken. */
interface Columns {
  readonly tags: readonly string[];
  readonly tag: Uint16Array;
  readonly step: Float64Array;
  readonly value: Float64Array;
}

function columnsOf(count: number): Columns {
  const tags: string[] = [];
  const known = new Map<string, number>();
  const columns = { tags, tag: new Uint16Array(count), step: new Float64Array(count), value: new Float64Array(count) };
  let row = 0;
  for (const { tag, step, value } of madeSamples(count)) {
    if (row === count) {
      break;
    }
    let handle = known.get(tag);
    if (handle === undefined) {
      handle = tags.push(tag) - 1;
      known.set(tag, handle);
    }
    columns.tag[row] = handle;
    columns.step[row] = step;
    columns.value[row] = value;
    row++;
  }
  return columns;
}

/** One run of the first `count` samples; every one of them reaches a role. */
function feed({ tags, tag, step, value }: Columns, count: number, monitors: readonly Monitor[]): RunAnalysis {
  const analysis = new RunAnalysis({ roles: {}, monitors });
  const sink = analysis.fileSink({ path: 'made' });
  const handles = new Map<number, number>();
  for (let row = 0; row < count; row++) {
    const which = tag[row] ?? 0;
    let handle = handles.get(which);
    if (handle === undefined) {
      handle = sink.tag(tags[which] ?? '');
      handles.set(which, handle);
    }
    sink.scalar(handle, step[row] ?? 0, value[row] ?? 0, Number.NaN);
  }
  return analysis;
}

async function main(): Promise<void> {
  const largest = Math.max(...sizes);
  const columns = columnsOf(largest);
  console.log(`${MONITORS.length} monitors, ${columns.tags.length} tags, ${largest / 1e6} million samples`);
  const times = await inTurns(rounds, {
    all: () => processorSeconds(() => void feed(columns, largest, MONITORS)),
    none: () => processorSeconds(() => void feed(columns, largest, [])),
  });
  const million = (time: number): number => largest / time / 1e6;
  verdicts.note('store and roles alone, million samples a second', million(times.of('none')).toFixed(2));
  verdicts.note('with all monitors, time against without', times.ratio('all', 'none').toFixed(2));
  verdicts.note('store, roles and all monitors, million samples a second', million(times.of('all')).toFixed(2));
  const monitorsAlone = times.of('all') - times.of('none');
  verdicts.ratio('all monitors, million samples a second', million(monitorsAlone), { atLeast: 1 });

  console.log('Growth');
  const growth = await measureGrowth(columns);
  const line = fitLine(growth);
  growth.forEach(([size, time]) =>
    verdicts.note(`${size / 1e6} million samples`, `${((time / size) * 1e9).toFixed(0)} ns`),
  );
  verdicts.note('a further sample', `${(line.slope * 1e9).toFixed(0)} ns`);
  verdicts.ratio('fit of time to a line (R²)', line.r2, { atLeast: 0.95 });

  const analysis = feed(columns, largest, MONITORS);
  const asked = processorSeconds(() => void analysis.findings());
  verdicts.note('asking for the findings at the end', `${(asked * 1000).toFixed(1)} ms`);
  for (const broken of verdicts.broken) {
    console.error(broken);
  }
  process.exitCode = verdicts.broken.length > 0 ? BOUND_MISSED : 0;
}

/** Size and median seconds. */
async function measureGrowth(columns: Columns): Promise<readonly (readonly [number, number])[]> {
  const works = Object.fromEntries(
    sizes.map((size) => [String(size), () => processorSeconds(() => void feed(columns, size, MONITORS))]),
  );
  const times = await inTurns(rounds, works);
  return sizes.map((size) => [size, times.of(String(size))] as const);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
