import type { LabSettings } from '../settings.js';
import type { Batch, Data } from './batch.js';
import { sampleData } from './samples.js';
import { sequenceData } from './sequences.js';

/** What the settings train on. */
export function makeData({ model, data, batch, measure, steps }: LabSettings, seed: number): Data {
  const { heldOut } = measure;
  if (model.kind === 'transformer') {
    return sequenceData(data, { batch, context: model.context, heldOut }, seed);
  }
  const one = (task: number): Data => sampleData(data, { batch, heldOut }, seed, task);
  return data.tasks > 1 ? new TaskSequence(one, Math.ceil(steps / data.tasks)) : one(0);
}

/** Tasks that follow each other without a word: what is held out is always of the task at hand. */
class TaskSequence implements Data {
  private readonly make: (task: number) => Data;
  private readonly batches: number;
  private current: Data;
  private taken = 0;

  /** @param batches of each task. */
  constructor(make: (task: number) => Data, batches: number) {
    this.make = make;
    this.batches = batches;
    this.current = make(0);
  }

  get classes(): number {
    return this.current.classes;
  }

  get features(): number {
    return this.current.features;
  }

  get heldOut(): Batch {
    return this.current.heldOut;
  }

  next(): Batch {
    return this.atHand().next();
  }

  corrupted(): Batch {
    return this.atHand().corrupted();
  }

  private atHand(): Data {
    if (this.taken > 0 && this.taken % this.batches === 0) {
      this.current = this.make(this.taken / this.batches);
    }
    this.taken += 1;
    return this.current;
  }
}
