import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { endOfFile } from '../fileEnd.js';
import { JOB_FILES } from '../jobRecord.js';

/** More than the longest row that the hook writes: one with every tensor's and layer's numbers. */
const TAIL_BYTES = 512 * 1024;
/** Where the hook of a launcher's first process writes. */
const FIRST_RANK = 'rank_0.jsonl';

/** Follows how far the training is, by the rows that the hook writes beside the telemetry. */
export class JournalStep {
  private readonly folder: string;
  private step = 0;

  /** @param folder the run's. */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** The last step that the hook wrote; 0 before the first. */
  async now(): Promise<number> {
    const journal = await this.journal();
    const step = journal === undefined ? undefined : lastStep(await endOfFile(journal, TAIL_BYTES));
    this.step = step ?? this.step;
    return this.step;
  }

  private async journal(): Promise<string | undefined> {
    const names = await readdir(this.folder).catch((): string[] => []);
    const name = [JOB_FILES.metrics, FIRST_RANK].find((candidate) => names.includes(candidate));
    return name === undefined ? undefined : path.join(this.folder, name);
  }
}

/** The step of the last whole row. The hook writes it first, so that nothing else has to be understood. */
function lastStep(text: string): number | undefined {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const steps = [...whole.matchAll(/^\{"step": ?(\d+)[,}]/gm)];
  const digits = steps.at(-1)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
