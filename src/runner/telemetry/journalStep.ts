import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
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
    const step = journal === undefined ? undefined : lastStep(await tailOf(journal));
    this.step = step ?? this.step;
    return this.step;
  }

  private async journal(): Promise<string | undefined> {
    const names = await readdir(this.folder).catch((): string[] => []);
    const name = [JOB_FILES.metrics, FIRST_RANK].find((candidate) => names.includes(candidate));
    return name === undefined ? undefined : path.join(this.folder, name);
  }
}

async function tailOf(file: string): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) {
    return '';
  }
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, TAIL_BYTES);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return '';
  } finally {
    await handle.close();
  }
}

/** The step of the last whole row. The hook writes it first, so that nothing else has to be understood. */
function lastStep(text: string): number | undefined {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const steps = [...whole.matchAll(/^\{"step": ?(\d+)[,}]/gm)];
  const digits = steps.at(-1)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
