import type { FixDescription } from '../../model/fix.js';
import { builtOptimizers } from '../editing/optimizerArguments.js';
import { argumentValue } from '../../loops/python/trainingArguments.js';
import type { Fix } from '../fix.js';
import { lowerInArguments } from '../lowerLearningRate/lowerInArguments.js';
import { lowerInUnit } from '../lowerLearningRate/lowerInUnit.js';
import type { Aim } from '../lowerLearningRate/lowerNumber.js';
import { applyToLoops, refused } from '../loopFix.js';
import { numberSetting } from '../settings.js';

const description: FixDescription = {
  id: 'scale-learning-rate-with-batch',
  title: 'Scale the learning rate with the batch',
  why: 'When the batch of one step changed (more GPUs, more accumulation) and the learning rate did not, steps are too short or too long; the best rate grows with the batch for SGD and with its square root for Adam.',
  answers: ['learning-rate'],
  contraindications: [
    'Batches beyond the critical size, where a larger rate helps no more.',
    'LARS, LAMB and other optimizers that scale by layer.',
    'A rate that was tuned for the present batch.',
  ],
  frameworks: ['pytorch', 'accelerate', 'fabric', 'transformers'],
  settings: [
    {
      name: 'batch-ratio',
      title: 'New batch of one step, as a multiple of the old one (all GPUs, accumulation included)',
      default: 2,
      source: 'A doubled batch; to be set to what changed',
    },
  ],
  papers: [
    {
      title: 'Learning Rates as a Function of Batch Size: A Random Matrix Theory Approach to Neural Network Training',
      authors: 'Diego Granziol, Stefan Zohren, Stephen Roberts',
      year: 2022,
    },
    {
      title: 'Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour',
      authors: 'Priya Goyal, Piotr Dollár, Ross Girshick, et al.',
      year: 2017,
    },
  ],
  labArm: null,
};

/** Rate in proportion to the batch. */
const LINEAR = new Set(['SGD']);
/** Rate in proportion to the root of the batch. */
const SQUARE_ROOT = new Set(['Adam', 'AdamW', 'NAdam', 'RAdam', 'RMSprop', 'Adagrad', 'Adamax']);

/** What tells that the rate was scaled already. */
export const SCALED = 'learning rate scaled with the batch from';

/** The number where the learning rate really comes from, times the batch ratio or its root. */
export const scaleLearningRateWithBatch: Fix = {
  description,
  apply(target, settings) {
    const ratio = numberSetting(description, 'batch-ratio', settings, { above: 0 });
    if (!ratio.ok) {
      return refused(ratio.error);
    }
    const aim = (root: boolean): Aim => ({
      factor: root ? Math.sqrt(ratio.value) : ratio.value,
      rate: null,
      mark: SCALED,
    });
    return applyToLoops(target, {
      unit: (unit, { analysis, edits }) => {
        const classes = new Set(builtOptimizers(unit, analysis).map(({ className }) => className));
        const [className] = classes;
        if (classes.size !== 1 || className === undefined) {
          return refused('The loop has several optimizers: each has a rule of its own.');
        }
        if (!LINEAR.has(className) && !SQUARE_ROOT.has(className)) {
          return refused(`How the learning rate of ${className} goes with the batch is not known.`);
        }
        return lowerInUnit(unit, aim(SQUARE_ROOT.has(className)), analysis, edits);
      },
      lightning: () =>
        refused(
          'The batch of a step is the data module’s batch times accumulation and devices, which the Trainer sets: scale the rate that configure_optimizers takes where these are chosen.',
        ),
      arguments: (call, { analysis, edits }) => {
        const optimizer = argumentValue(analysis.module.text, call.call, 'optim');
        return optimizer.kind === 'absent' || (optimizer.kind === 'word' && optimizer.value.startsWith('adamw'))
          ? lowerInArguments(call, aim(true), analysis, edits)
          : refused('How the learning rate of this optimizer goes with the batch is not known.');
      },
    });
  },
};
