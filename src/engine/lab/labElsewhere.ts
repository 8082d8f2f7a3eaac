import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Elsewhere, LabTask, RunSpecification } from '../../lab/lab.js';
import { isOver } from '../../runner/jobRecord.js';
import { refreshJob, startJob, stopJob } from '../../runner/jobs.js';
import type { StartedJob } from '../../runner/jobs.js';
import type { Target } from '../../runner/target.js';

/** Where runs of the lab are handed to. */
export interface LabPlace extends Pick<LabTask, 'folder' | 'threads' | 'packages'> {
  readonly target: Target;
  /** The target's own options, as on the command line. */
  readonly options: Readonly<Record<string, string>>;
  /** What trains a task, before `--task FILE`: Node, the command line's bundle and `lab`. */
  readonly command: readonly string[];
  /** The folder `hooks` as it ships, absolute. */
  readonly hooks: string;
  /** Jobs at a time, where each is submitted by itself. */
  readonly concurrency: number;
  readonly now: () => number;
  /** Told of jobs and their states, a line each. */
  readonly onNote?: (note: string) => void;
}

/** How often jobs are asked for, in milliseconds; queues are asked politely. */
const POLL_MS = 2000;
/** Folder of tasks and jobs beside the runs. */
const JOBS = 'jobs';

/** Hands runs to a target: to Slurm as one job array, an index for each run; to others as several jobs that share them. */
export function labElsewhere(place: LabPlace): Elsewhere {
  let batches = 0;
  return {
    async train(runs, signal) {
      batches += 1;
      const name = `${new Date(place.now()).toISOString().replaceAll(/[:.]/g, '-')}-${batches}`;
      const folder = path.join(place.folder, JOBS, name);
      await mkdir(folder, { recursive: true });
      const task = path.join(folder, 'task.json');
      await writeFile(task, JSON.stringify(taskOf(place, runs)));
      const wishes = wishesFor(place, runs, task);
      const jobs: StartedJob[] = [];
      try {
        for (const [index, { words, options }] of wishes.entries()) {
          const out = path.join(folder, wishes.length === 1 ? 'job' : `job-${index}`);
          jobs.push(await submitted(place, words, options, out));
        }
        await untilOver(place, jobs, signal);
      } finally {
        // Whatever ends this, nothing that was submitted outlives it.
        await stopAll(place, jobs);
      }
    },
  };
}

function taskOf({ folder, threads, packages }: LabPlace, runs: readonly RunSpecification[]): LabTask {
  return { evenkeelLabTask: 1, folder, threads, packages, runs };
}

interface JobWords {
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string>>;
}

function wishesFor(
  { target, options, concurrency, command }: LabPlace,
  runs: readonly unknown[],
  task: string,
): JobWords[] {
  const words = [...command, '--task', task];
  if (target.name === 'slurm') {
    // The array's own environment tells each job its share.
    return [{ words, options: { ...options, array: `0-${runs.length - 1}` } }];
  }
  const shares = Math.max(1, Math.min(concurrency, runs.length));
  return Array.from({ length: shares }, (_, index) => ({
    words: [...words, '--share', `${index}/${shares}`],
    options,
  }));
}

function submitted(
  { target, hooks, now }: LabPlace,
  command: readonly string[],
  options: Readonly<Record<string, string>>,
  out: string,
): Promise<StartedJob> {
  const wish = { command, cwd: process.cwd(), inherited: process.env, options, hook: 'off', out } as const;
  return startJob(wish, { target, hooks, now });
}

async function untilOver(
  { target, now, onNote }: LabPlace,
  jobs: readonly StartedJob[],
  signal: AbortSignal,
): Promise<void> {
  const told = new Map<string, string>();
  const waiting = new Set(jobs.map(({ folder }) => folder));
  while (waiting.size > 0 && !signal.aborted) {
    for (const folder of waiting) {
      const job = await refreshJob(target, folder, now);
      const state = job === undefined ? 'its record has gone' : (job.seen.detail ?? job.record.state);
      if (told.get(folder) !== state) {
        told.set(folder, state);
        onNote?.(`${path.basename(path.dirname(folder))}/${path.basename(folder)}: ${state}`);
      }
      if (job === undefined || isOver(job.record.state)) {
        waiting.delete(folder);
      }
    }
    if (waiting.size > 0) {
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function stopAll({ target, now }: LabPlace, jobs: readonly StartedJob[]): Promise<void> {
  for (const { folder } of jobs) {
    const job = await refreshJob(target, folder, now);
    if (job !== undefined && !isOver(job.record.state)) {
      await stopJob(target, folder, { reason: 'the lab wants no more of it', first: 'terminate' });
    }
  }
}
