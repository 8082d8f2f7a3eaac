import type { FixDescription } from '../../model/fix.js';
import type { Fix } from '../fix.js';
import { applyToLoops, refused } from '../loopFix.js';
import { numberSettings } from '../settings.js';
import { leaveOutBatches } from './leaveOutBatches.js';

const description: FixDescription = {
  id: 'skip-data-window',
  title: 'Leave out a window of the data',
  why: 'Takes some batches from the loader without training on them, so that a run that goes on from a checkpoint before a spike meets other data in the state in which it spiked.',
  answers: ['loss-spike', 'gradient-spike'],
  contraindications: [
    'Runs that do not go on from a checkpoint before the spike: data are lost and nothing is gained.',
    'Spikes that come again with other data: the cause is the learning rate, the optimizer or the model.',
    'Loaders that draw another order after a restart: the window holds other batches than those of the spike.',
    'Small data sets, of which a few hundred batches are a large part.',
  ],
  frameworks: ['pytorch', 'accelerate'],
  settings: [
    {
      name: 'first',
      title: 'First batch of the window, counted from 0 at the start of the program',
      default: 0,
      source: 'PaLM (2022): the window begins where the run goes on, about 100 steps before the spike',
    },
    {
      name: 'count',
      title: 'Batches in the window',
      default: 300,
      source: 'PaLM (2022): roughly 200 to 500 batches, those before and during the spike',
    },
  ],
  papers: [
    {
      title: 'PaLM: Scaling Language Modeling with Pathways',
      authors: 'Aakanksha Chowdhery, Sharan Narang, Jacob Devlin, et al.',
      year: 2022,
    },
  ],
  labArm: null,
};

/** Batches of a window are drawn and dropped, wherever a `for` takes them from a loader. */
export const skipDataWindow: Fix = {
  description,
  apply(target, settings) {
    const window = numberSettings(
      description,
      { first: { above: -1, whole: true }, count: { above: 0, whole: true } },
      settings,
    );
    if (!window.ok) {
      return refused(window.error);
    }
    const { first = 0, count = 0 } = window.value;
    return applyToLoops(target, {
      unit: ({ loop }, context) => leaveOutBatches(loop, { first, count }, context),
      arguments: () =>
        refused(
          'The Trainer draws the batches inside the library: leave the examples of the window out of train_dataset (its select takes the indices to keep), or give another data_seed.',
        ),
      elsewhere: 'The library that runs the loop draws the batches itself: leave them out of the data it is given.',
    });
  },
};
