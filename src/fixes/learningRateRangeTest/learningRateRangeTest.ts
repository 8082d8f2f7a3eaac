import type { FixDescription } from '../../model/fix.js';
import { scheduleInUnit, TOTAL } from '../editing/scheduleInUnit.js';
import type { Fix } from '../fix.js';
import { applyToLoops, refused } from '../loopFix.js';
import { numberSetting } from '../settings.js';

const description: FixDescription = {
  id: 'learning-rate-range-test',
  title: 'Try all learning rates in one short run',
  why: 'Lets the learning rate rise from near zero far beyond the present one over a single short run; where the loss turns up again is the largest rate that can be used.',
  answers: ['learning-rate', 'plateau'],
  contraindications: [
    'As a way to train: it is one short run to look at, to be taken out again.',
    'Long runs: shorten the loop first, a few hundred steps are enough.',
    'Pretrained weights, which it destroys: work on a copy.',
  ],
  frameworks: ['pytorch'],
  settings: [
    {
      name: 'factor',
      title: 'Largest rate of the test, as a multiple of the present one',
      default: 10,
      source: 'A decade above the present rate; Super-Convergence (2018) goes from 0.1 to 3',
    },
  ],
  papers: [
    {
      title: 'Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates',
      authors: 'Leslie N. Smith, Nicholay Topin',
      year: 2018,
    },
    {
      title: 'Cyclical Learning Rates for Training Neural Networks',
      authors: 'Leslie N. Smith',
      year: 2017,
    },
  ],
  labArm: null,
};

/** A rate that rises in a straight line over the whole run. */
export const learningRateRangeTest: Fix = {
  description,
  apply(target, settings) {
    const factor = numberSetting(description, 'factor', settings, { above: 1 });
    return factor.ok
      ? applyToLoops(target, {
          unit: (unit, { loop, analysis, edits }) =>
            scheduleInUnit(
              unit,
              loop.accumulation,
              {
                name: 'range_test_scheduler',
                className: 'torch.optim.lr_scheduler.LambdaLR',
                code: `lambda step: ${factor.value} * (step + 1) / ${TOTAL}`,
                isThere: (variable) => /range_?test|lr_?find/i.test(variable),
                notes: [
                  'Log the loss and the learning rate at every step; the largest usable rate is just below where the loss turns up.',
                  'Take the scheduler out again after this one run.',
                ],
              },
              analysis,
              edits,
            ),
          lightning: () =>
            refused('Lightning has this itself: Tuner(trainer).lr_find(module), of lightning.pytorch.tuner.'),
          elsewhere: 'The library that runs the loop has no schedule that rises all the way.',
        })
      : refused(factor.error);
  },
};
