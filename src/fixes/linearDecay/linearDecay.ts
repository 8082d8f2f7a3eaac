import type { FixDescription } from '../../model/fix.js';
import type { Fix } from '../fix.js';
import { applyToLoops, refused } from '../loopFix.js';
import { numberSetting } from '../settings.js';
import { decayInArguments } from './decayInArguments.js';
import { decayInUnit } from './decayInUnit.js';

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
  frameworks: ['pytorch', 'transformers'],
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
  labArm: null,
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
      unit: (unit, { analysis, edits, loop }) => decayInUnit(unit, loop.accumulation, share.value, analysis, edits),
      arguments: (call, { analysis, edits }) => decayInArguments(call, share.value, analysis, edits),
    });
  },
};
