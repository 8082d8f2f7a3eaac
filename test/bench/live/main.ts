/** What `npm run bench -- live` runs: the real client, worker and files; this process plays the extension host. */
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { BOUND_MISSED } from '../support/boundMissed.js';
import { EngineHost, pause, quantile, until } from '../support/engineHost.js';

const LIMIT_MS = 250;
const WARM_UP_SECONDS = 3;

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '50' },
    'rows-per-second': { type: 'string', default: '10' },
    seconds: { type: 'string', default: '15' },
  },
});
const runCount = Number(options.runs);
const rowsPerSecond = Number(options['rows-per-second']);
const ticks = rowsPerSecond * (WARM_UP_SECONDS + Number(options.seconds));

function row(step: number): string {
  return JSON.stringify({ step, loss: 2 + 1 / (step + 1), grad_norm: 1 + (step % 7) / 10, lr: 3e-4 }) + '\n';
}

/** When each row reached the disk, by run; the step is the index. */
type Written = ReadonlyMap<string, number[]>;

async function main(): Promise<void> {
  const host = new EngineHost();
  try {
    const root = path.join(host.scratch, 'runs');
    const names = Array.from({ length: runCount }, (_, index) => `run-${index}`);
    for (const name of names) {
      await mkdir(path.join(root, name), { recursive: true });
      await writeFile(path.join(root, name, 'metrics.jsonl'), row(0));
    }
    await host.watch(root);
    await until('all runs', () => names.every((name) => (host.runs.get(name)?.points ?? 0) > 0), 60_000);
    const written: Written = new Map(names.map((name) => [name, [0]]));
    const judged: number[] = [];
    const drawn: number[] = [];
    listen(host, written, judged, drawn);
    await write(root, written);
    await until('every row to be judged and drawn', () => drawn.length >= runCount * ticks, 30_000);
    report(judged, drawn);
  } finally {
    await host.close();
  }
}

/** Appends a row to every run in each tick, the runs spread over it as jobs that know nothing of one another are. */
async function write(root: string, written: Written): Promise<void> {
  const tickMs = 1000 / rowsPerSecond;
  const began = performance.now();
  for (let tick = 1; tick <= ticks; tick++) {
    let index = 0;
    for (const [name, times] of written) {
      const due = began + (tick - 1 + index++ / written.size) * tickMs;
      if (due > performance.now() + 1) {
        await pause(due - performance.now());
      }
      await appendFile(path.join(root, name, 'metrics.jsonl'), row(tick));
      times.push(performance.now());
    }
  }
}

/** Notes when the host hears of each row, and when a page that asks for the curve then has it. */
function listen(host: EngineHost, written: Written, judged: number[], drawn: number[]): void {
  const heard = new Map<string, number>();
  const seen = new Map<string, number>();
  const note = (known: Map<string, number>, name: string, step: number, into: number[]): void => {
    const now = performance.now();
    for (let one = (known.get(name) ?? 0) + 1; one <= step; one++) {
      into.push(now - (written.get(name)?.[one] ?? now));
    }
    known.set(name, Math.max(step, known.get(name) ?? 0));
  };
  host.client.onEvent((event) => {
    if (event.type !== 'runs-changed') {
      return;
    }
    for (const { id, name, lastStep } of event.changed) {
      note(heard, name, lastStep ?? 0, judged);
      void host.client
        .request('envelope', { run: id, tag: 'loss', axis: 'step', buckets: 500 })
        .then(({ xEnd }) => note(seen, name, xEnd.at(-1) ?? 0, drawn));
    }
  });
}

function report(judged: readonly number[], drawn: readonly number[]): void {
  const warm = runCount * rowsPerSecond * WARM_UP_SECONDS;
  const line = (name: string, values: readonly number[]): number => {
    const counted = values.slice(warm);
    const [median, slow, worst] = [0.5, 0.95, 1].map((share) => quantile(counted, share).toFixed(0).padStart(6));
    console.log(`  ${name.padEnd(44)} ${median} ${slow} ${worst}   (${counted.length} rows)`);
    return quantile(counted, 0.95);
  };
  console.log(`${runCount} runs, ${rowsPerSecond} rows a second each; milliseconds from the disk: median, p95, worst`);
  line('judged, and the host told', judged);
  const slow = line('the curve with the row at the host', drawn);
  console.log(`p95 ${slow.toFixed(0)} ms, allowed ${LIMIT_MS} ms`);
  process.exitCode = slow <= LIMIT_MS ? 0 : BOUND_MISSED;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
