/**
 * What Evenkeel's hook adds to the time of a training step, as a ratio to the same job with nobody watching; a hook that
 * takes histograms of every tensor and one that reads every tensor at every step stand beside it.
 *
 *     npm run bench -- hook [--rounds=20] [--steps=16] [--docs]
 *
 * `--docs` writes the table to docs/hook-overhead.md.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { parseArgs } from 'node:util';
import { frameworkPython } from '../frameworks/python.js';
import { BOUND_MISSED } from './support/boundMissed.js';
import { Verdicts } from './support/measure.js';

/** The hook, with its default settings, may make a step so many times as long. */
const LARGEST_RATIO = 1.03;

const WATCHERS = {
  no: 'nobody',
  hook: "Evenkeel's hook, default settings",
  histograms: 'histograms of every weight and gradient at every step, as `wandb.watch(log="all", log_freq=1)`',
  everything: 'norm, mean, spread and largest element of every weight and gradient read at every step',
} as const;
type Watcher = keyof typeof WATCHERS;

/** Seconds by the clock, and seconds for which a processor was busy with the job. */
interface Seconds {
  readonly wall: number;
  readonly processor: number;
}

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: process.env['EVENKEEL_BENCH_ROUNDS'] ?? '20' },
    steps: { type: 'string', default: '16' },
    docs: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
const steps = Number(options.steps);

/** A training that waits until it is told to take some steps: so several can take turns in one run. */
class Job {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #lines: Interface;

  constructor(python: string, watcher: Watcher, scratch: string) {
    const watched = { PYTHONPATH: path.resolve('hooks/bootstrap'), EVENKEEL_OUT: path.join(scratch, 'hook') };
    this.#process = spawn(python, [path.resolve('test/bench/hook/job.py')], {
      env: {
        ...process.env,
        CUDA_VISIBLE_DEVICES: '',
        WATCHED: watcher,
        SCRATCH: scratch,
        ...(watcher === 'hook' ? watched : {}),
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (this.#process.stdout === null) {
      throw new Error('the job has no stdout');
    }
    this.#lines = createInterface(this.#process.stdout);
    this.#answers = this.#lines[Symbol.asyncIterator]();
  }

  async answer<Answer>(): Promise<Answer> {
    const { value, done } = await this.#answers.next();
    if (done === true) {
      throw new Error('the job ended before it had answered');
    }
    return JSON.parse(value) as Answer;
  }

  async take(count: number): Promise<Seconds> {
    this.#process.stdin?.write(`${String(count)}\n`);
    return this.answer<Seconds>();
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin?.end();
    await ended;
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}

async function measure(python: string, scratch: string) {
  const names = Object.keys(WATCHERS) as Watcher[];
  const jobs = new Map(names.map((name) => [name, new Job(python, name, scratch)]));
  try {
    const about = { parameters: 0, torch: '' };
    for (const job of jobs.values()) {
      Object.assign(about, await job.answer<typeof about>());
    }
    const sums = new Map(names.map((name) => [name, { wall: 0, processor: 0 }]));
    for (let round = 0; round < rounds; round++) {
      // Another one begins each time, so that none always follows the same neighbour.
      for (const place of names.keys()) {
        const name = names[(place + round) % names.length] as Watcher;
        const took = await (jobs.get(name) as Job).take(steps);
        const sum = sums.get(name) as { wall: number; processor: number };
        sum.wall += took.wall;
        sum.processor += took.processor;
      }
    }
    for (const job of jobs.values()) {
      await job.end();
    }
    return { about, sums };
  } finally {
    for (const job of jobs.values()) {
      job.kill();
    }
  }
}

function megabytes(folder: string, file: string): string {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(file));
  return (found.reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0) / 1e6).toFixed(2);
}

async function main(): Promise<void> {
  const found = await frameworkPython();
  if ('missing' in found) {
    console.log(`skipped: ${found.missing}`);
    return;
  }
  const scratch = mkdtempSync(path.join(tmpdir(), 'evenkeel-bench-hook-'));
  try {
    const { about, sums } = await measure(found.python, scratch);
    const base = sums.get('no') as Seconds;
    const taken = rounds * steps;
    const million = (about.parameters / 1e6).toFixed(1);
    console.log(`A GPT of ${million} million parameters, ${String(taken)} steps each, PyTorch ${about.torch}`);
    const files: Record<Watcher, string> = {
      no: 'none',
      hook: 'metrics.jsonl',
      histograms: 'histograms.jsonl',
      everything: 'everything.jsonl',
    };
    const rows = [...sums].map(([name, sum]) => ({
      name,
      ms: ((1000 * sum.processor) / taken).toFixed(1),
      ratio: sum.processor / base.processor,
      wall: sum.wall / base.wall,
      written: megabytes(scratch, files[name]),
    }));
    const verdicts = new Verdicts();
    for (const { name, ms, ratio, wall } of rows) {
      verdicts.note(name, `${ms} ms`);
      if (name === 'hook') {
        verdicts.ratio('hook against nobody', ratio, { atMost: LARGEST_RATIO });
      } else if (name !== 'no') {
        verdicts.note(`${name} against nobody`, ratio.toFixed(3));
      }
      if (name !== 'no') {
        verdicts.note(`${name} against nobody, by the clock`, wall.toFixed(3));
      }
    }
    if (options.docs) {
      const table = rows.map(
        ({ name, ms, ratio, wall, written }) =>
          `| ${WATCHERS[name]} | ${ms} | ${ratio.toFixed(3)} | ${wall.toFixed(3)} | ${written} |`,
      );
      writeFileSync('docs/hook-overhead.md', page(million, about.torch, taken, table));
    }
    for (const broken of verdicts.broken) {
      console.error(broken);
    }
    process.exitCode = verdicts.broken.length > 0 ? BOUND_MISSED : 0;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function page(million: string, torch: string, taken: number, table: readonly string[]): string {
  return `# What the hook costs

Written by \`npm run bench -- hook --docs\`, which holds the hook to at most ${LARGEST_RATIO} times the processor time of the same training with nobody watching.

A GPT of ${million} million parameters (6 layers, width 384, context 128, batch 2, AdamW) on one thread of a processor, ${String(taken)} steps each, in blocks of ${String(steps)} steps that take turns in one run. PyTorch ${torch}, ${cpus()[0]?.model.trim() ?? 'unknown processor'}. The machine had ${String(cpus().length)} processors and a load of ${(loadavg()[2] ?? 0).toFixed(1)} over the last quarter of an hour. The first steps are counted, in which the hook looks at the model for the first time and samples most often.

| Who watches | Processor time of a step, ms | Ratio | Ratio by the clock | Written, MB |
| --- | ---: | ---: | ---: | ---: |
${table.join('\n')}

The ratio of processor times is the measure: other work on the machine moves the clock, of one job more than of another. wandb takes its histograms every 1,000 steps unless it is told otherwise; here they are taken at every step, since that is what seeing every step costs.
`;
}

void main();
