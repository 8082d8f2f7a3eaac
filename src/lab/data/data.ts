import type { LabSettings } from '../settings.js';
import type { Data } from './batch.js';
import { sampleData } from './samples.js';
import { sequenceData } from './sequences.js';

/** What the settings train on. */
export function makeData({ model, data, batch, measure }: LabSettings, seed: number): Data {
  return model.kind === 'transformer'
    ? sequenceData(data, { batch, context: model.context, heldOut: measure.heldOut }, seed)
    : sampleData(data, { batch, heldOut: measure.heldOut }, seed);
}
