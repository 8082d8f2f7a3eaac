/** What `npm run bench -- runs` runs: itself once for each number of runs, since memory is that of a process. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { BOUND_MISSED } from '../support/boundMissed.js';
import { delayAt, delayWhile, EngineHost, pause, quantile, until } from '../support/engineHost.js';

/** Of time and memory for ten times as many runs, against ten times: what is not linear shows as more. */
const MOST_GROWTH = 1.5;
const ROWS = 40;
/** The list of all runs is asked for as somebody would: not so often that answering is most of what the engine does. */
const LISTING_PAUSE_MS = 250;
const LISTING_SHARE = 0.05;
const PATIENCE_MS = 900_000;

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: process.env['EVENKEEL_BENCH_RUNS'] ?? '3000' },
    only: { type: 'string' },
  },
});

interface Cost {
  readonly runs: number;
  /** Until the newest run was judged, in seconds. */
  readonly newest: number;
  /** Until all runs were judged, in seconds. */
  readonly all: number;
  /** Processor time of the process until then, in seconds. */
  readonly cpu: number;
  /** Of a look for runs when nothing is new, in seconds. */
  readonly look: number;
  /** Of the process at its largest, over what it had before, in bytes. */
  readonly memory: number;
  /** 95th percentile of the time that the listing takes meanwhile, in milliseconds. */
  readonly answer: number;
  /** 99th percentile of the delay of the host's event loop meanwhile, in milliseconds. */
  readonly delay: number;
}

/** Projects with runs as people have them, the last ones changed last. */
function writeRuns(root: string, count: number): string {
  let newest = '';
  for (let index = 0; index < count; index++) {
    newest = `run-${index}`;
    const folder = path.join(root, `project-${index % 20}`, newest);
    mkdirSync(folder, { recursive: true });
    const decay = 10 + (index % 90);
    const losses = Array.from({ length: ROWS }, (_, step) => 0.5 + 2 * Math.exp(-step / decay));
    const file = path.join(folder, index % 3 === 0 ? 'metrics.csv' : 'metrics.jsonl');
    const rows = losses.map((loss, step) =>
      index % 3 === 0 ? `${step},${loss},${1 / (step + 1)}\n` : `${JSON.stringify({ step, loss, lr: 3e-4 })}\n`,
    );
    writeFileSync(file, (index % 3 === 0 ? 'step,loss,grad_norm\n' : '') + rows.join(''));
    writeFileSync(path.join(folder, 'hparams.yaml'), `lr: ${1 / decay}\noptimizer: adamw\n`);
    const changed = new Date(1.7e12 + index * 60_000);
    utimesSync(file, changed, changed);
  }
  return newest;
}

async function measure(count: number): Promise<Cost> {
  const host = new EngineHost();
  try {
    const root = path.join(host.scratch, 'workspace');
    const newest = writeRuns(root, count);
    const before = process.memoryUsage().rss;
    let memory = 0;
    const answers: number[] = [];
    const cpuBefore = process.cpuUsage();
    const began = performance.now();
    let newestAfter = NaN;
    const delays = await delayWhile(async () => {
      await host.watch(root);
      let judged = 0;
      const readers = new Set<string>();
      host.client.onEvent((event) => {
        if (event.type === 'runs-changed') {
          for (const { name, evaluated } of event.changed) {
            if (evaluated > 0 && !readers.has(name)) {
              readers.add(name);
              judged++;
              newestAfter = name === newest ? performance.now() - began : newestAfter;
            }
          }
        }
      });
      while (judged < count) {
        const asked = performance.now();
        await host.client.request('runs', null);
        const answered = performance.now() - asked;
        answers.push(answered);
        memory = Math.max(memory, process.memoryUsage().rss - before);
        await pause(Math.max(LISTING_PAUSE_MS, answered / LISTING_SHARE));
        if (performance.now() - began > PATIENCE_MS) {
          throw new Error(`${judged} of ${count} runs were judged in ${PATIENCE_MS / 1000} s`);
        }
      }
    });
    const all = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(cpuBefore);
    await until('the runs', () => host.runs.size === count, PATIENCE_MS);
    const asked = performance.now();
    await host.client.request('rescan', null);
    const look = (performance.now() - asked) / 1000;
    const cpu = (user + system) / 1e6;
    const answer = quantile(answers, 0.95);
    return { runs: count, newest: newestAfter / 1000, all, cpu, look, memory, answer, delay: delayAt(delays, 99) };
  } finally {
    await host.close();
  }
}

function measureApart(count: number): Cost {
  const { stdout, status } = spawnSync(process.execPath, [__filename, `--only=${count}`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1e8,
  });
  if (status !== 0) {
    throw new Error(`the measurement of ${count} runs failed`);
  }
  return JSON.parse(stdout) as Cost;
}

function report(costs: readonly Cost[]): void {
  console.log('    runs   newest      all  processor   a look    memory  listing p95  host delay p99');
  for (const { runs, newest, all, cpu, look, memory, answer, delay } of costs) {
    const cells = [
      String(runs).padStart(8),
      `${newest.toFixed(2)} s`.padStart(9),
      `${all.toFixed(1)} s`.padStart(9),
      `${cpu.toFixed(1)} s`.padStart(11),
      `${look.toFixed(2)} s`.padStart(9),
      `${(memory / 1e6).toFixed(0)} MB`.padStart(10),
      `${answer.toFixed(0)} ms`.padStart(13),
      `${delay.toFixed(1)} ms`.padStart(16),
    ];
    console.log(cells.join(''));
  }
  const [few, many] = costs as [Cost, Cost];
  const growth = (of: (cost: Cost) => number): number => of(many) / of(few) / (many.runs / few.runs);
  const [time, memory] = [growth(({ cpu }) => cpu), growth((cost) => cost.memory)];
  console.log(`  ${(many.memory / many.runs / 1e3).toFixed(1)} kB a run; against linear growth: processor time`);
  console.log(`  ${time.toFixed(2)} ×, memory ${memory.toFixed(2)} × (allowed ${MOST_GROWTH})`);
  process.exitCode = time <= MOST_GROWTH && memory <= MOST_GROWTH ? 0 : BOUND_MISSED;
}

async function main(): Promise<void> {
  if (options.only !== undefined) {
    process.stdout.write(JSON.stringify(await measure(Number(options.only))));
    return;
  }
  const most = Number(options.runs);
  report([most / 10, most].map(measureApart));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
