import { ownerFolders } from './folders.js';
import { bare, type TagName } from './tagName.js';

/**
 * Measures that a model is trained on, or that grow and fall with what it is trained on: where no loss is logged, they
 * say how the training goes.
 */
const MEASURES: ReadonlySet<string> = new Set([
  'l',
  'l1',
  'mae',
  'mse',
  'rmse',
  'mean absolute error',
  'mean squared error',
  'absolute error',
  'squared error',
  'bpb',
  'bpc',
  'bits per byte',
  'bits per char',
  'bits per character',
  'perplexity',
  'ppl',
]);

/** Whether a tag names one of {@link MEASURES}, and of the whole model. */
export function isMeasure(name: TagName): boolean {
  return MEASURES.has(bare(name.leafWords)) && ownerFolders(name.folders).length === 0;
}
