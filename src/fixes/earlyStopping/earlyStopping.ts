import type { FixDescription } from '../../model/fix.js';
import type { Fix } from '../fix.js';
import { applyToLoops, refused } from '../loopFix.js';
import { numberSetting } from '../settings.js';
import { stopInKeras } from './stopInKeras.js';
import { stopInArguments } from './stopInArguments.js';
import { stopInLightning } from './stopInLightning.js';
import { stopInTfjs } from './stopInTfjs.js';
import { stopInUnit } from './stopInUnit.js';

const description: FixDescription = {
  id: 'early-stopping',
  title: 'Stop when the evaluation loss no longer falls',
  why: 'Ends the run after some evaluations without a new best loss, before it learns more of the training data by heart.',
  answers: ['overfitting'],
  contraindications: [
    'Large networks on noisy labels may get better again after getting worse (double descent): choose a larger patience.',
    'An evaluation set so small that its loss is mostly noise.',
    'Training that ends in a decay of the learning rate: the best loss comes at its end.',
    'Several processes that evaluate apart: all of them have to stop at the same step.',
  ],
  frameworks: ['pytorch', 'transformers', 'lightning', 'keras', 'tfjs'],
  settings: [
    {
      name: 'patience',
      title: 'Evaluations without a new best loss before the run stops',
      default: 3,
      source: "Default of PyTorch Lightning's EarlyStopping callback",
    },
  ],
  papers: [
    { title: 'Early Stopping - But When?', authors: 'Lutz Prechelt', year: 1998 },
    {
      title: 'Multi-scale Feature Learning Dynamics: Insights for Double Descent',
      authors: 'Mohammad Pezeshki, Amartya Mitra, Yoshua Bengio, Guillaume Lajoie',
      year: 2022,
    },
  ],
  labArm: null,
};

/** The Trainer's own callback, or a counter at the end of the loop that evaluates. */
export const earlyStopping: Fix = {
  description,
  apply(target, settings) {
    const patience = numberSetting(description, 'patience', settings, { above: 0, whole: true });
    return patience.ok
      ? applyToLoops(target, {
          unit: (unit, { analysis, edits }) => stopInUnit(unit, patience.value, analysis, edits),
          lightning: (training, context) => stopInLightning(training, patience.value, context),
          keras: (training, context) => stopInKeras(training, patience.value, context),
          tfjs: (training, context) => stopInTfjs(training, patience.value, context),
          elsewhere:
            'No loop in this file works out an evaluation loss every time round, so nothing shows when to stop.',
          arguments: (call, { analysis, edits }) => stopInArguments(call, patience.value, analysis, edits),
        })
      : refused(patience.error);
  },
};
