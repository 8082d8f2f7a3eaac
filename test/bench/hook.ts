/**
 * What Evenkeel's hook adds to the time of a training step, as a ratio to the same job with nobody watching; a hook that
 * takes histograms of every tensor and one that reads every tensor at every step stand beside it.
 *
 *     npm run bench -- hook [--rounds=20] [--steps=16] [--docs]
 *
 * A round is so many steps of each job, in turns of {@link TURN}. `--docs` also measures jobs of short steps, which no
 * bound holds, and writes the tables to docs/hook-overhead.md.
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

/** Jobs with steps so short that a row in itself is a part of them. */
const SHORT_JOBS = {
  'batch 1': { BATCH: '1' },
  'width 96, 2 layers, context 32': { WIDTH: '96', LAYERS: '2', CONTEXT: '32' },
} as const;
/** Steps that a job of {@link SHORT_JOBS} takes for each step of the large one. */
const SHORT_JOB_STEPS = 4;

/** Steps that a job takes until it is another one's turn: what else the machine does meets all of them alike. */
const TURN = 2;
/**
 * Where a process lies in memory makes its steps some per cent faster or slower for all of its life, so that two are
 * averaged of what is held against the bound.
 */
const PROCESSES: Record<Watcher, number> = { no: 2, hook: 2, histograms: 1, everything: 1 };
/**
 * glibc hands freed pages back to the system and asks for them anew, between none and 15,000 a step, by chance. Here it
 * keeps them in every job.
 */
const KEPT_PAGES = { MALLOC_TRIM_THRESHOLD_: String(2 ** 40), MALLOC_MMAP_MAX_: '0' };

/**
 * Seconds by the clock, seconds for which a processor was busy with the job, and of those the hook's own by its own
 * account, all since the job began.
 */
interface Seconds {
  readonly wall: number;
  readonly processor: number;
  readonly own: number | null;
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

  constructor(python: string, watcher: Watcher, scratch: string, kind: NodeJS.ProcessEnv) {
    const watched = { PYTHONPATH: path.resolve('hooks/bootstrap'), EVENKEEL_OUT: path.join(scratch, 'hook') };
    this.#process = spawn(python, [path.resolve('test/bench/hook/job.py')], {
      env: {
        ...process.env,
        ...KEPT_PAGES,
        ...kind,
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

interface Sum {
  wall: number;
  processor: number;
  own: number;
}

interface Measured {
  readonly about: { readonly parameters: number; readonly torch: string };
  /** Of one process on average. */
  readonly sums: ReadonlyMap<Watcher, Sum>;
}

/** Lets all watchers' jobs take their turns until each has taken its steps. */
async function measure(
  python: string,
  scratch: string,
  kind: NodeJS.ProcessEnv,
  watchers: readonly Watcher[],
  taken: number,
): Promise<Measured> {
  const names = watchers.flatMap((name) => Array<Watcher>(PROCESSES[name]).fill(name));
  const jobs = names.map((name) => ({ name, job: new Job(python, name, scratch, kind) }));
  try {
    const about = { parameters: 0, torch: '' };
    for (const { job } of jobs) {
      Object.assign(about, await job.answer<typeof about>());
    }
    const sums = new Map<Watcher, Sum>(watchers.map((name) => [name, { wall: 0, processor: 0, own: 0 }]));
    const last = new Map<Job, number>();
    for (let turn = 0; turn * TURN < taken; turn++) {
      // Another one begins each time, so that none always follows the same neighbour.
      for (const place of jobs.keys()) {
        const { name, job } = jobs[(place + turn) % jobs.length] as (typeof jobs)[number];
        const { wall, processor, own } = await job.take(Math.min(TURN, taken - turn * TURN));
        const sum = sums.get(name) as Sum;
        sum.wall += wall / PROCESSES[name];
        sum.processor += processor / PROCESSES[name];
        sum.own += ((own ?? 0) - (last.get(job) ?? 0)) / PROCESSES[name];
        last.set(job, own ?? 0);
      }
    }
    for (const { job } of jobs) {
      await job.end();
    }
    return { about, sums };
  } finally {
    for (const { job } of jobs) {
      job.kill();
    }
  }
}

function megabytes(folder: string, file: string): number {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(file));
  return found.reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0) / 1e6;
}

async function main(): Promise<void> {
  const found = await frameworkPython();
  if ('missing' in found) {
    console.log(`skipped: ${found.missing}`);
    return;
  }
  const scratch = mkdtempSync(path.join(tmpdir(), 'evenkeel-bench-hook-'));
  try {
    const taken = rounds * steps;
    const { about, sums } = await measure(found.python, scratch, {}, Object.keys(WATCHERS) as Watcher[], taken);
    const base = sums.get('no') as Sum;
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
      own: sum.own / sum.processor,
      written: (megabytes(scratch, files[name]) / PROCESSES[name]).toFixed(2),
    }));
    const verdicts = new Verdicts();
    for (const { name, ms, ratio, wall, own } of rows) {
      verdicts.note(name, `${ms} ms`);
      if (name === 'hook') {
        verdicts.ratio('hook against nobody', ratio, { atMost: LARGEST_RATIO });
        verdicts.note('the hook by its own account', percent(own));
      } else if (name !== 'no') {
        verdicts.note(`${name} against nobody`, ratio.toFixed(3));
      }
      if (name !== 'no') {
        verdicts.note(`${name} against nobody, by the clock`, wall.toFixed(3));
      }
    }
    if (options.docs) {
      const table = rows.map(
        ({ name, ms, ratio, wall, own, written }) =>
          `| ${WATCHERS[name]} | ${ms} | ${ratio.toFixed(3)} | ${wall.toFixed(3)} | ${name === 'hook' ? percent(own) : ''} | ${written} |`,
      );
      writeFileSync(
        'docs/hook-overhead.md',
        page(million, about.torch, taken, table, await shortJobs(found.python, taken)),
      );
    }
    for (const broken of verdicts.broken) {
      console.error(broken);
    }
    process.exitCode = verdicts.broken.length > 0 ? BOUND_MISSED : 0;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Rows of the table of jobs with short steps. */
async function shortJobs(python: string, taken: number): Promise<string[]> {
  const rows: string[] = [];
  for (const [name, kind] of Object.entries(SHORT_JOBS)) {
    const scratch = mkdtempSync(path.join(tmpdir(), 'evenkeel-bench-hook-'));
    try {
      const count = SHORT_JOB_STEPS * taken;
      const { sums } = await measure(python, scratch, kind, ['no', 'hook'], count);
      const [base, hook] = [sums.get('no') as Sum, sums.get('hook') as Sum];
      const ms = (seconds: number): string => ((1000 * seconds) / count).toFixed(2);
      const ratio = (hook.processor / base.processor).toFixed(3);
      rows.push(
        `| ${name} | ${String(count)} | ${ms(base.processor)} | ${ms(hook.own)} | ${percent(hook.own / hook.processor)} | ${ratio} |`,
      );
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }
  return rows;
}

function page(
  million: string,
  torch: string,
  taken: number,
  table: readonly string[],
  short: readonly string[],
): string {
  return `# What the hook costs

Written by \`npm run bench -- hook --docs\`, which holds the hook to at most ${LARGEST_RATIO} times the processor time of the same training with nobody watching.

A GPT of ${million} million parameters (6 layers, width 384, context 128, batch 2, AdamW) on one thread of a processor, ${String(taken)} steps each, in turns of ${String(TURN)} steps. PyTorch ${torch}, ${cpus()[0]?.model.trim() ?? 'unknown processor'}. The machine had ${String(cpus().length)} processors and a load of ${(loadavg()[2] ?? 0).toFixed(1)} over the last quarter of an hour. The first steps are counted, in which the hook looks at the model for the first time.

| Who watches | Processor time of a step, ms | Ratio | Ratio by the clock | Own account | Written, MB |
| --- | ---: | ---: | ---: | ---: | ---: |
${table.join('\n')}

The ratio of processor times is the measure: other work on the machine moves the clock, of one job more than of another. It still differs by a few per cent between two runs of the same job, for where a process lies in memory makes all its steps faster or slower; nobody and the hook are therefore two processes each, and the allocator keeps its pages in all of them (\`${Object.keys(KEPT_PAGES).join('`, `')}\`). The own account is what the hook itself has measured, and by which it paces itself. wandb takes its histograms every 1,000 steps unless it is told otherwise; here they are taken at every step, since that is what seeing every step costs.

## How it stays below

All that the hook does is booked against \`EVENKEEL_BUDGET\`: finding the model, rows, norms, samples. Where the job clips, the gradient norm is the one that clipping works out; else it is taken as often as two fifths of the budget allow, at most every step. A step is sampled (norms of every tensor, moments, updates, activations) only when the training so far has paid for it, or as long as all samples together have cost less than 60 ms, so that a short job shows its layers too.

## Short steps

Loss and learning rate of every step are written, however short the step is, and so is a gradient norm that costs less than 0.3 ms: a spike that is missed costs more than the time. Where rows alone take more than the budget, samples keep a fifth of it, so the hook costs more than its budget there:

| The same model, but | Steps | Nobody, ms a step | Hook, ms a step | Own account | Ratio |
| --- | ---: | ---: | ---: | ---: | ---: |
${short.join('\n')}
`;
}

void main();
