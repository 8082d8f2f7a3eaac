import type { FixDescription } from '../../model/fix.js';
import { addHelper, helperFrom } from '../editing/helperFunction.js';
import { NEEDS_STATE, scheduleInUnit, TOTAL, type Schedule } from '../editing/scheduleInUnit.js';
import { setTrainerSchedule } from '../editing/trainerSchedule.js';
import type { Fix } from '../fix.js';
import { scheduleInModule } from '../libraries/lightningSchedule.js';
import { scheduleInLibraries } from '../libraries/scheduleInOptimizer.js';
import { applyToLoops, refused, type LoopContext, type LoopOutcome } from '../loopFix.js';
import { wsdInLibraries } from './wsdInLibraries.js';
import { numberSettings } from '../settings.js';

const description: FixDescription = {
  id: 'wsd-schedule',
  title: 'Warm up, hold the rate, cool down (WSD)',
  why: 'Holds the full learning rate for most of the run, where it makes most of its way, and lets it fall to zero at the end, where the loss drops sharply; the end may be put off without loss.',
  answers: ['plateau', 'oscillation'],
  contraindications: [
    'Judging the run before its cooldown: the loss stays up by design until then.',
    'A loss that rises or gradients that grow at the full rate: lower the rate itself.',
    'Short fine-tuning, where a linear decay does as well.',
  ],
  frameworks: ['pytorch', 'transformers', 'lightning', 'keras', 'jax'],
  settings: [
    {
      name: 'cooldown-share',
      title: 'Last share of the run over which the rate falls',
      default: 0.2,
      source: 'A tenth to a fifth of the run is usual; Training Dynamics of the Cooldown Stage (2025); to be verified',
    },
    {
      name: 'warmup-share',
      title: 'First share of the run over which it rises',
      default: 0.02,
      source: 'Some per cent of the run, as in public recipes of language models',
    },
  ],
  papers: [
    {
      title: 'Understanding Warmup-Stable-Decay Learning Rates: A River Valley Loss Landscape Perspective',
      authors: 'Kaiyue Wen, Zhiyuan Li, Jason Wang, et al.',
      year: 2024,
    },
    {
      title: 'Training Dynamics of the Cooldown Stage in Warmup-Stable-Decay Learning Rate Scheduler',
      authors: 'Aleksandr Dremov, Alexander Hägele, Atli Kosson, Martin Jaggi',
      year: 2025,
    },
  ],
  labArm: 'wsd',
};

const SHARE = { above: 0, below: 1 };

const SCHEDULE: Schedule = {
  name: 'wsd_scheduler',
  className: 'torch.optim.lr_scheduler.LambdaLR',
  code: `lambda step: wsd_factor(step, ${TOTAL})`,
  isThere: (variable, code) => /wsd|stable_?decay/i.test(variable + code),
  notes: ['The loss drops when the rate begins to fall: judge the run only then.', NEEDS_STATE],
};

function factorSource(warmup: number, cooldown: number): string {
  return `
def wsd_factor(step, total_steps, warmup=${warmup}, cooldown=${cooldown}):
    """Share of the full learning rate: it rises, stays, and falls to zero like 1 - sqrt (warmup-stable-decay)."""
    into_cooldown = max(0.0, 1 - (total_steps - step) / (cooldown * total_steps))
    return min(1.0, (step + 1) / (warmup * total_steps), 1 - into_cooldown**0.5)
`;
}

/** The schedule calls a function that has to be there, too. */
function withHelper(outcome: LoopOutcome, source: string, { analysis, edits }: LoopContext): LoopOutcome {
  if (outcome.kind === 'edited') {
    addHelper(helperFrom(source, analysis, edits), analysis, edits);
  }
  return outcome;
}

/** The cooldown has the shape 1 - sqrt, among the best of the paper on it. */
export const wsdSchedule: Fix = {
  description,
  apply(target, settings) {
    const shares = numberSettings(description, { 'cooldown-share': SHARE, 'warmup-share': SHARE }, settings);
    if (!shares.ok) {
      return refused(shares.error);
    }
    const [cooldown, warmup] = [shares.value['cooldown-share'] as number, shares.value['warmup-share'] as number];
    if (cooldown + warmup > 1) {
      return refused('cooldown-share and warmup-share are more than the whole run.');
    }
    const source = factorSource(warmup, cooldown);
    return applyToLoops(target, {
      ...scheduleInLibraries(wsdInLibraries(warmup, cooldown)),
      unit: (unit, context) => {
        const { loop, analysis, edits } = context;
        return withHelper(scheduleInUnit(unit, loop.accumulation, SCHEDULE, analysis, edits), source, context);
      },
      lightning: (training, context) => withHelper(scheduleInModule(training, SCHEDULE, context), source, context),
      arguments: (call, { analysis, edits }) =>
        setTrainerSchedule(
          call,
          {
            name: 'warmup_stable_decay',
            recognised: /^warmup_stable_decay$/,
            options: (steps) =>
              steps === null
                ? null
                : [
                    ['num_decay_steps', Math.max(1, Math.round(cooldown * steps))],
                    ['decay_type', '1-sqrt'],
                  ],
            warmup: (steps) => Math.max(1, Math.round(warmup * steps)),
          },
          analysis,
          edits,
        ),
    });
  },
};
