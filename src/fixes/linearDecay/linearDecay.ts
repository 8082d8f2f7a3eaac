import type { FixDescription } from '../../model/fix.js';
import { NEEDS_STATE, scheduleInUnit, TOTAL, type Schedule } from '../editing/scheduleInUnit.js';
import type { Fix } from '../fix.js';
import { scheduleInModule } from '../libraries/lightningSchedule.js';
import { scheduleInLibraries, type LibrarySchedule } from '../libraries/scheduleInOptimizer.js';
import { applyToLoops, refused } from '../loopFix.js';
import { numberSetting } from '../settings.js';
import { decayInArguments } from './decayInArguments.js';

const description: FixDescription = {
  id: 'linear-decay',
  title: 'Let the learning rate fall to zero',
  why: 'Lowers the learning rate in a straight line to zero by the end of the run: the noise of large steps, which holds the loss up, goes away.',
  answers: ['plateau', 'oscillation'],
  contraindications: [
    'Runs without a fixed end, or that will be trained on: choose a decay over the last part alone (decay-share).',
    'A plateau early in the run, which the loss may still leave by itself at the full rate.',
    'A loss that rises: lower the learning rate itself.',
  ],
  frameworks: ['pytorch', 'transformers', 'lightning', 'keras', 'jax'],
  settings: [
    {
      name: 'decay-share',
      title: 'Last share of the run over which the rate falls; before that it stays (1 falls from the start)',
      default: 1,
      source: 'Linear decay over the whole run did best across tasks (Defazio et al. 2023)',
    },
  ],
  papers: [
    {
      title: 'When, Why and How Much? Adaptive Learning Rate Scheduling by Refinement',
      authors: 'Aaron Defazio, Ashok Cutkosky, Harsh Mehta, Konstantin Mishchenko',
      year: 2023,
    },
    {
      title: 'Understanding Warmup-Stable-Decay Learning Rates: A River Valley Loss Landscape Perspective',
      authors: 'Kaiyue Wen, Zhiyuan Li, Jason Wang, et al.',
      year: 2024,
    },
  ],
  labArm: 'linear',
};

/** A schedule for a loop that has none, where the source shows how long the run is. */
export const linearDecay: Fix = {
  description,
  apply(target, settings) {
    const share = numberSetting(description, 'decay-share', settings, { above: 0 });
    if (!share.ok || share.value > 1) {
      return refused(share.ok ? `decay-share must be at most 1, not ${share.value}.` : share.error);
    }
    return applyToLoops(target, {
      ...scheduleInLibraries(decayInLibraries(share.value)),
      unit: (unit, { analysis, edits, loop }) =>
        scheduleInUnit(unit, loop.accumulation, decayOver(share.value), analysis, edits),
      lightning: (training, context) => scheduleInModule(training, decayOver(share.value), context),
      arguments: (call, { analysis, edits }) => decayInArguments(call, share.value, analysis, edits),
    });
  },
};

/** Schedules that only rise; everything else lowers the rate at some time, which is enough. */
const RISING = /warm_?up|ConstantLR|get_constant/i;

function decayOver(share: number): Schedule {
  const factor =
    share === 1 ? `max(0.0, 1 - step / ${TOTAL})` : `min(1.0, max(0.0, (${TOTAL} - step) / (${share} * ${TOTAL})))`;
  return {
    name: 'decay_scheduler',
    className: 'torch.optim.lr_scheduler.LambdaLR',
    code: `lambda step: ${factor}`,
    isThere: (variable, code) => !RISING.test(variable) && !RISING.test(code),
    notes: [NEEDS_STATE],
  };
}

/** The schedules of Keras and optax that fall in a straight line. */
function decayInLibraries(share: number): LibrarySchedule {
  return {
    keras: ({ rate, total, name, refuse }) =>
      share === 1
        ? `${name('PolynomialDecay')}(${rate}, decay_steps=${total}, end_learning_rate=0.0)`
        : refuse('Keras has no schedule that falls over the last part alone: wsd-schedule writes one.'),
    optax: ({ rate, total, name }) =>
      share === 1
        ? `${name('linear_schedule')}(${rate}, 0.0, transition_steps=${total})`
        : `${name('linear_schedule')}(${rate}, 0.0, transition_steps=int(${share} * ${total}), transition_begin=int(${Number((1 - share).toPrecision(6))} * ${total}))`,
    isThere: (schedule) => !RISING.test(schedule) && !/constant/i.test(schedule),
    notes: [],
  };
}
