import type { LightningTraining } from '../../loops/python/lightningTraining.js';
import { TOTAL } from '../editing/scheduleInUnit.js';
import { scheduleInModule } from '../libraries/lightningSchedule.js';
import { refused, type LoopContext, type LoopOutcome } from '../loopFix.js';
import { warmupMention } from './schedulers.js';
import { LARGEST_SHARE, ownWarmupReason, type Warmup } from './warmUpInUnit.js';

/** Schedules that rise at first whatever their arguments. */
const RISING = /warm_?up|OneCycleLR|CyclicLR|LinearLR/i;

/** A linear rise for the optimizer that the module configures; a run whose length Lightning knows may shorten it. */
export function warmUpInLightning(
  training: LightningTraining,
  { steps, chosen }: Pick<Warmup, 'steps' | 'chosen'>,
  context: LoopContext,
): LoopOutcome {
  const { module, lines } = context.analysis;
  const mention = training.classNode && warmupMention(training.classNode, module.text);
  if (mention) {
    return { kind: 'already-there', line: lines.lineAt(mention.start) };
  }
  const unfit = training.optimizers
    .map(({ className }) => ownWarmupReason(className))
    .find((reason) => reason !== undefined);
  if (unfit !== undefined) {
    return refused(unfit);
  }
  const rise = chosen ? String(steps) : `min(${steps}, ${LARGEST_SHARE} * ${TOTAL})`;
  return scheduleInModule(
    training,
    {
      name: 'warmup_scheduler',
      className: 'torch.optim.lr_scheduler.LambdaLR',
      code: `lambda step: min(1.0, (step + 1) / ${rise})`,
      isThere: (variable, code) => RISING.test(variable) || RISING.test(code),
      endless: true,
      notes: [
        `The learning rate rises over ${steps} optimizer steps${chosen ? '' : ', or a tenth of the run where that is fewer'}.`,
      ],
    },
    context,
  );
}
