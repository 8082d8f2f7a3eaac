import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { failure, ok } from '../base/result.js';
import type { Result } from '../base/result.js';
import { JOB_FILES } from './jobRecord.js';

/** A checkpoint that the hook has saved because it was asked to. */
export interface SavedCheckpoint {
  readonly path: string;
  readonly step: number | null;
}

const POLL_MS = 200;

/**
 * Asks the hook for a checkpoint, by the protocol of `hooks/README.md`, and waits for it.
 * @param id another one each time, such as the time.
 * @param waitMs a step and the writing of the file take that long at most.
 */
export async function requestCheckpoint(
  folder: string,
  id: number,
  waitMs: number,
  isOver: () => Promise<boolean>,
): Promise<Result<SavedCheckpoint>> {
  const control = path.join(folder, JOB_FILES.control);
  const request = { id, command: 'save-checkpoint', path: path.join(folder, 'checkpoints', `asked-${id}.pt`) };
  await writeFile(`${control}.partial`, JSON.stringify(request));
  await rename(`${control}.partial`, control);
  for (const began = performance.now(); performance.now() - began < waitMs;) {
    const answer = await answerOf(control);
    if (answer?.['id'] === id) {
      return savedIn(answer);
    }
    if (await isOver()) {
      return failure('the job ended before it saved anything');
    }
    await delay(POLL_MS);
  }
  return failure('the hook did not answer: it sees no training, or a step takes longer than the wait');
}

async function answerOf(control: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const answer: unknown = JSON.parse(await readFile(`${control}.answer`, 'utf8'));
    return typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function savedIn(answer: Readonly<Record<string, unknown>>): Result<SavedCheckpoint> {
  const { path: file, step, error } = answer;
  return typeof file === 'string'
    ? ok({ path: file, step: typeof step === 'number' ? step : null })
    : failure(typeof error === 'string' ? error : 'the hook answered without naming a file');
}
