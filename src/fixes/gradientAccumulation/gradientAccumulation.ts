import { tellTrainer } from '../libraries/lightningTrainer.js';
import type { FixDescription } from '../../model/fix.js';
import { addKeyword } from '../editing/callArguments.js';
import type { Fix } from '../fix.js';
import { STATE_CHANGES } from '../libraries/clipOptimizer.js';
import { onOptimizers } from '../libraries/optimizerChange.js';
import { applyToLoops, refused, type LoopContext, type LoopOutcome } from '../loopFix.js';
import { argumentValue, type TrainingArgumentsCall } from '../../loops/python/trainingArguments.js';
import { numberSetting } from '../settings.js';
import { accumulateInUnit, FEWER_STEPS } from './accumulateInUnit.js';

const description: FixDescription = {
  id: 'gradient-accumulation',
  title: 'Accumulate gradients instead of using a smaller batch',
  why: 'Adds up the gradients of several batches before each step, so that a batch that fits into memory gives the gradient of a larger one.',
  answers: ['oscillation'],
  contraindications: [
    'BatchNorm, which still sees the small batches.',
    'Without another learning rate: fewer steps of a larger batch want a larger one (scale-learning-rate-with-batch).',
    'Losses that compare the examples of a batch (contrastive ones): they still see the small batches.',
  ],
  frameworks: ['pytorch', 'transformers', 'keras', 'jax'],
  settings: [
    {
      name: 'batches',
      title: 'Batches in one step',
      default: 4,
      source: 'A fourfold batch; to be chosen by what is missing',
    },
  ],
  papers: [
    {
      title: 'An Empirical Model of Large-Batch Training',
      authors: 'Sam McCandlish, Jared Kaplan, Dario Amodei, OpenAI Dota Team',
      year: 2018,
    },
  ],
  labArm: null,
};

const SEARCHES =
  'LBFGS asks for the loss and the gradient of one batch again and again in every step: no others can be added to it.';

/** A step every few batches, with the loss divided by their number. */
export const gradientAccumulation: Fix = {
  description,
  apply(target, settings) {
    const batches = numberSetting(description, 'batches', settings, { above: 1, whole: true });
    return batches.ok
      ? applyToLoops(target, {
          ...onOptimizers({
            keras: (optimizer) => {
              if (optimizer.argument('gradient_accumulation_steps')) {
                return { kind: 'already-there', line: optimizer.line };
              }
              optimizer.requireKeras3();
              optimizer.give([['gradient_accumulation_steps', String(batches.value)]]);
              return { kind: 'edited', notes: [FEWER_STEPS] };
            },
            optax: (optimizer, { loop }) => {
              if (loop.accumulation) {
                return { kind: 'already-there', line: optimizer.line };
              }
              if (optimizer.functionName === 'lbfgs') {
                return refused(SEARCHES);
              }
              optimizer.wrapWith('MultiSteps', `every_k_schedule=${batches.value}`);
              return { kind: 'edited', notes: [FEWER_STEPS, STATE_CHANGES] };
            },
          }),
          unit: (unit, { loop, analysis, edits }) =>
            loop.accumulation
              ? { kind: 'already-there', line: loop.step?.line ?? loop.from.line }
              : accumulateInUnit(unit, batches.value, analysis, edits),
          lightning: (training, context) =>
            training.optimizers.some(({ className }) => className === 'lbfgs')
              ? refused(SEARCHES)
              : tellTrainer(
                  training,
                  {
                    keyword: 'accumulate_grad_batches',
                    code: String(batches.value),
                    suffices: (written) => written !== '1',
                    notes: [FEWER_STEPS],
                  },
                  context,
                ),
          arguments: (call, context) => inArguments(call, batches.value, context),
        })
      : refused(batches.error);
  },
};

function inArguments(
  { call, className, fromCommandLine }: TrainingArgumentsCall,
  batches: number,
  { analysis, edits }: LoopContext,
): LoopOutcome {
  const { module, lines } = analysis;
  if (fromCommandLine) {
    return refused(
      `${className} is filled from the command line: pass --gradient_accumulation_steps ${batches} there.`,
    );
  }
  const node = call.keywords.get('gradient_accumulation_steps');
  const value = argumentValue(module.text, call, 'gradient_accumulation_steps');
  if (node && value.kind === 'number' && value.value > 1) {
    return { kind: 'already-there', line: lines.lineAt(node.start) };
  }
  if (call.spread || (node && value.kind !== 'number')) {
    return refused('Whether gradients are accumulated is not written in this call.');
  }
  if (node) {
    edits.replace(node, String(batches));
  } else {
    addKeyword(call, `gradient_accumulation_steps=${batches}`, analysis, edits);
  }
  return { kind: 'edited', notes: [FEWER_STEPS] };
}
