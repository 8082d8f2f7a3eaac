/** What `npm run soak` runs. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Random } from '../corpus/syntheticRuns.js';
import { quantile } from '../bench/support/engineHost.js';
import { SoakedEngine } from './soakedEngine.js';
import { live, newLife, TROUBLES } from './life.js';
import type { Life, Trouble } from './life.js';
import { reportTable } from './table.js';
import { trendOf } from './trend.js';
import { calmReading, judge } from './verdict.js';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    runs: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    trouble: { type: 'string', multiple: true, default: [...TROUBLES] },
    docs: { type: 'boolean', default: false },
  },
});
const [minutes, runs, seed] = [Number(options.minutes), Number(options.runs), Number(options.seed)];
if (![minutes, runs, seed].every((value) => value > 0)) {
  throw new Error('--minutes, --runs and --seed are numbers above 0');
}

const troubles = TROUBLES.filter((trouble) => options.trouble.includes(trouble));
if (troubles.length === 0) {
  throw new Error(`--trouble is one of ${TROUBLES.join(', ')}`);
}

/** The engine's thread is killed in the first part only: a new thread has forgotten what the old one leaked. */
const STORM_SHARE = 0.4;
const KILL_EVERY_S = [5, 25] as const;
const CLOCK_EVERY_S = [10, 30] as const;
const ASK_EVERY_MS = 60;
const MEASURE_EVERY_MS = 2000;
/** A new thread reads all runs again before what it holds means anything. */
const SETTLED_AFTER_MS = 20_000;
const LIFE_S = [15, 60] as const;
/** What is on the disk is judged within this, on a machine that does much else. */
const JUDGED_WITHIN_MS = 60_000;
const HOUR_MS = 3_600_000;

/** What came of the lives that ended with the same trouble. */
export interface Tally {
  lives: number;
  planted: number;
  plantedFound: number;
  healthy: number;
  readonly lost: string[];
  readonly extra: string[];
  readonly falseAlarms: string[];
  readonly missed: string[];
  /** Runs of which the engine did not get to the end of the log in time. */
  readonly unread: string[];
}

const root = mkdtempSync(path.join(tmpdir(), 'evenkeel-soaked-'));
const random = new Random(seed);
const engine = new SoakedEngine();
const tallies = new Map<Trouble, Tally>(TROUBLES.map((trouble) => [trouble, newTally()]));
const waits: number[] = [];
const memory: [minutes: number, bytes: number][] = [];
const rejections: string[] = [];
const began = performance.now();
const end = began + minutes * 60_000;
const stormEnd = began + minutes * 60_000 * STORM_SHARE;
const isOver = (): boolean => performance.now() >= end;

process.on('unhandledRejection', (error) => rejections.push(String(error)));

async function main(): Promise<void> {
  await engine.client.request('configure', { folders: [root], roles: {}, exclude: [], pollIntervalMs: 1000 });
  await Promise.all([
    ...Array.from({ length: runs }, (_, slot) => liveInSlot(slot, new Random(seed * 1000 + slot))),
    untilOver(() => kill(), KILL_EVERY_S, stormEnd),
    untilOver(() => setClock(), CLOCK_EVERY_S),
    ask(),
    measure(),
    say(),
  ]);
  await engine.close();
  rmSync(root, { recursive: true, force: true });
}

/** One run after the other. */
async function liveInSlot(slot: number, own: Random): Promise<void> {
  for (let count = 0; !isOver(); count++) {
    const name = `run-${slot}-${count}`;
    const life = newLife(path.join(root, name), name, own, troubles);
    await live(life, own.uniform(...LIFE_S), own, isOver);
    if (life.log.isWhole) {
      await settle(life);
    }
    life.log.remove();
  }
}

/** Waits until the engine says what a calm reading says; what still differs after the time is a fault. */
async function settle(life: Life): Promise<void> {
  const tally = tallies.get(life.trouble)!;
  const calm = await calmReading(life.log.folder);
  if (!calm) {
    tally.unread.push(`${life.name}: nothing on the disk is a run`);
    return;
  }
  const from = performance.now();
  for (;;) {
    const report = await engine.report(`${path.sep}${life.name}`);
    const verdict = report && judge(life, calm, report);
    const agrees = verdict && report.points === calm.points && verdict.lost.length + verdict.extra.length === 0;
    if (agrees || (verdict && performance.now() - from > JUDGED_WITHIN_MS)) {
      take(
        life,
        verdict,
        tally,
        report.points === calm.points ? '' : `${report.points} of ${calm.points} points read, ${report.status}`,
      );
      waits.push(performance.now() - from);
      return;
    }
    if (performance.now() - from > 2 * JUDGED_WITHIN_MS) {
      tally.unread.push(`${life.name}: the engine does not know it`);
      return;
    }
    await pause(200);
  }
}

function take(life: Life, verdict: ReturnType<typeof judge>, tally: Tally, unread: string): void {
  const where = `${life.name} (${life.family}, ${life.format}, ${life.trouble})`;
  const told = (list: readonly string[]): string[] => list.map((finding) => `${where}: ${finding}`);
  tally.lives++;
  tally.lost.push(...told(verdict.lost));
  tally.extra.push(...told(verdict.extra));
  tally.falseAlarms.push(...told(verdict.falseAlarms));
  if (unread !== '') {
    tally.unread.push(`${where}: ${unread}`);
  }
  if (!life.made.fault) {
    tally.healthy++;
  }
  if (verdict.plantedFound !== undefined) {
    tally.planted++;
    tally.plantedFound += Number(verdict.plantedFound);
    if (!verdict.plantedFound) {
      tally.missed.push(where);
    }
  }
}

function newTally(): Tally {
  const lists = { lost: [], extra: [], falseAlarms: [], missed: [], unread: [] };
  return { lives: 0, planted: 0, plantedFound: 0, healthy: 0, ...lists };
}

async function untilOver(act: () => void, everySeconds: readonly [number, number], until = end): Promise<void> {
  for (;;) {
    await pause(1000 * random.uniform(...everySeconds));
    if (performance.now() > until) {
      return;
    }
    act();
  }
}

function kill(): void {
  engine.kill();
}

let clockJumps = 0;
function setClock(): void {
  clockJumps++;
  engine.setClock(random.pick([0, 0, -HOUR_MS, HOUR_MS, 48 * HOUR_MS]));
}

async function ask(): Promise<void> {
  while (!isOver()) {
    void engine.askSomething(random);
    await pause(ASK_EVERY_MS);
  }
}

async function measure(): Promise<void> {
  while (!isOver()) {
    await pause(MEASURE_EVERY_MS);
    const isSteady = performance.now() > stormEnd && engine.age > SETTLED_AFTER_MS;
    const bytes = isSteady ? await engine.measure() : undefined;
    if (bytes !== undefined && !isOver()) {
      memory.push([(performance.now() - began) / 60_000, bytes]);
    }
  }
}

async function say(): Promise<void> {
  while (!isOver()) {
    await pause(Math.min(30_000, Math.max(100, end - performance.now())));
    const lives = [...tallies.values()].reduce((sum, tally) => sum + tally.lives, 0);
    const heap = ((memory.at(-1)?.[1] ?? NaN) / 1e6).toFixed(0);
    console.log(
      `${((performance.now() - began) / 60_000).toFixed(1)} min: ${lives} runs judged, ${engine.answers.answered} answers, ${engine.kills} kills, ${heap} MB`,
    );
  }
}

/** What must not have happened, in words. */
function faults(trend: ReturnType<typeof trendOf>): string[] {
  const all = [...tallies.values()];
  const growth = trend.low * minutes * (1 - STORM_SHARE);
  return [
    ...all.flatMap(({ lost }) => lost.map((one) => `lost: ${one}`)),
    ...all.flatMap(({ extra }) => extra.map((one) => `not in a calm reading: ${one}`)),
    ...all.flatMap(({ missed }) => missed.map((one) => `planted and not found: ${one}`)),
    ...all.flatMap(({ falseAlarms }) => falseAlarms.map((one) => `alarm on a healthy run: ${one}`)),
    ...all.flatMap(({ unread }) => unread),
    ...engine.answers.unexpected.map((message) => `a request failed: ${message}`),
    ...engine.complaints.map((message) => `the engine logged: ${message}`),
    ...rejections.map((message) => `unhandled rejection: ${message}`),
    // By less than a tenth of what there is, and not by chance.
    ...(growth > 0.1 * trend.mean ? [`memory grew by at least ${(growth / 1e6).toFixed(1)} MB`] : []),
  ];
}

main()
  .then(() => {
    const trend = trendOf(memory);
    const broken = faults(trend);
    const table = reportTable({
      minutes,
      runs,
      seed,
      cores: cpus().length,
      tallies,
      answers: engine.answers,
      kills: engine.kills,
      clockJumps,
      trend,
      rejections: rejections.length,
      complaints: engine.complaints.length,
      judgedMs: [0.5, 0.95].map((share) => quantile(waits, share)),
    });
    console.log(`\n${table}\n`);
    broken.slice(0, 50).forEach((one) => console.error(`! ${one}`));
    if (options.docs && broken.length === 0) {
      writeTable(table);
    }
    console.log(broken.length === 0 ? 'the soak held' : `${broken.length} things went wrong`);
    process.exitCode = broken.length === 0 ? 0 : 1;
  })
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });

const MARKS = ['<!-- generated: soak -->', '<!-- end of generated: soak -->'] as const;

function writeTable(table: string): void {
  const file = path.resolve('docs/soak.md');
  const text = readFileSync(file, 'utf8');
  const [from, to] = [text.indexOf(MARKS[0]), text.indexOf(MARKS[1])];
  writeFileSync(file, `${text.slice(0, from + MARKS[0].length)}\n\n${table}\n\n${text.slice(to)}`);
}
