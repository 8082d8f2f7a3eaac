import { readFile } from 'node:fs/promises';
import { isObject } from '../fields.js';
import type { LadderOptions } from '../host/backends.js';
import { probeBackend } from '../host/backends.js';
import { RunQueue } from './queue.js';
import { RunStore } from './runStore.js';
import type { RunSpecification } from './runStore.js';

/** Machines that train runs in our place, into the same folder. */
export interface Elsewhere {
  /**
   * Settles once none of the runs is trained any more; what became of each lies in its folder. Rejects, in words, where
   * they could not even be handed over.
   * @param signal aborted when nobody wants them any more.
   */
  train(runs: readonly RunSpecification[], signal: AbortSignal): Promise<void>;
}

/** What is handed over: runs, and where they belong. Folder and bundle lie on a file system that the machines share. */
export interface LabTask extends Pick<LadderOptions, 'threads' | 'packages'> {
  readonly evenkeelLabTask: 1;
  readonly folder: string;
  readonly runs: readonly RunSpecification[];
}

/** Which of the runs are trained here: every `of`-th, from `index` on. */
export interface Share {
  readonly index: number;
  readonly of: number;
}

/** Reads a task that was handed over; throws, in words, where it is none. */
export async function readTask(file: string): Promise<LabTask> {
  const task: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (!isObject(task) || task['evenkeelLabTask'] !== 1 || !Array.isArray(task['runs'])) {
    throw new Error('is no task of evenkeel lab');
  }
  return task as unknown as LabTask;
}

/**
 * Trains a share of a task, one run after the other, on the backend that the runs name, once it has shown here that it
 * computes rightly. Why a run failed is written into its folder. The answer is how many did.
 */
export async function trainShare(
  task: LabTask,
  { index, of }: Share,
  options: Pick<LadderOptions, 'file' | 'signal'> & { readonly now: () => number },
): Promise<number> {
  const { folder, threads, packages } = task;
  const runs = task.runs.filter((_, place) => place % of === index);
  const [first] = runs;
  if (first === undefined) {
    return 0;
  }
  const store = new RunStore(folder);
  const ladder = { ...options, threads, packages };
  const state = await probeBackend(first.backend, ladder);
  if (!state.available) {
    for (const run of runs) {
      await store.noteFailure(run, `the engine ${state.id} cannot be used: ${state.reason ?? 'no reason given'}`);
    }
    return runs.length;
  }
  const queue = new RunQueue(store, { ...ladder, backend: first.backend, concurrency: 1, deadline: Infinity });
  const outcomes = await queue.run(runs);
  for (const [place, outcome] of outcomes.entries()) {
    if (outcome.kind === 'failed') {
      await store.noteFailure(runs[place]!, outcome.reason);
    }
  }
  return outcomes.filter(({ kind }) => kind !== 'done').length;
}
