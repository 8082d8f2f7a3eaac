import { inWords, isEmbedding, isFloat, isRead, listed, median, optimizerSteps, peerGroups, rms } from './rule.js';
import type { CheckpointRule, ReadTensor, Sighting } from './rule.js';

/** Second moments are squares: this is ten times the gradient of the peers, lasting for as long as Adam remembers. */
const SPIKE = 10_000;
/** Logarithms from the median in units of their median distance: gradients that fade over the depth are no spike. */
const DEVIATIONS = 8;
/** Share of second moments that are zero while the first ones are not. */
const UNDERFLOWN = 0.5;
const FEW_FIRST_ZEROS = 0.1;
const LEAST_PARAMETERS = 4;

/** Adam's second moment where it cannot be what it should. */
export const SECOND_MOMENT: CheckpointRule = {
  id: 'adam-second-moment',
  symptom: 'precision',
  judge: ({ tensors }) => {
    const read = tensors.filter(isRead);
    const seconds = read.filter(({ role, dtype }) => role === 'optimizer/exp_avg_sq' && isFloat(dtype));
    const firsts = new Map(read.filter(({ role }) => role === 'optimizer/exp_avg').map((one) => [one.name, one]));
    const negative = seconds.filter(({ stats }) => stats.min < 0);
    const underflown = seconds.filter((one) => {
      const first = firsts.get(one.name.replace('exp_avg_sq', 'exp_avg'));
      return first !== undefined && zeroShare(one) > UNDERFLOWN && zeroShare(first) < FEW_FIRST_ZEROS;
    });
    return [
      ...sighting(
        negative,
        'negative',
        'error',
        'is negative, which no mean of squares can be',
        'The checkpoint is damaged, or was averaged or interpolated together with its optimizer.',
        ({ stats }) => stats.min,
      ),
      ...sighting(
        underflown,
        'underflow',
        'warning',
        'has underflown to zero',
        'The gradients are too small to be squared in the type that the optimizer state is kept in: Adam divides by ε alone there, and its steps are as large as the learning rate allows.',
        zeroShare,
      ),
    ];
  },
};

/** A second moment far above that of the same weights in other layers: a spike of the gradient that Adam still remembers. */
export const SECOND_MOMENT_SPIKE: CheckpointRule = {
  id: 'adam-second-moment-spike',
  symptom: 'gradient-spike',
  judge: ({ tensors }) => {
    const seconds = tensors
      .filter(isRead)
      .filter(({ role, shape, stats }) => role === 'optimizer/exp_avg_sq' && shape.length >= 2 && stats.l2 > 0)
      .map((one) => ({ ...one, name: one.parameter ?? one.name }))
      .filter(({ name }) => !isEmbedding(name));
    return peerGroups(seconds, 5).flatMap((group) => {
      const usual = median(group.map(rms));
      const middle = Math.log(usual);
      const spread = median(group.map((one) => Math.abs(Math.log(rms(one)) - middle)));
      const far = group.filter((one) => rms(one) > SPIKE * usual && Math.log(rms(one)) - middle > DEVIATIONS * spread);
      return far.length > group.length / 4
        ? []
        : sighting(
            far,
            'spike',
            'warning',
            `is far above the same state of other layers (median ${inWords(usual)})`,
            'A gradient spike went through these weights not long ago: until Adam has forgotten it, their steps are too small. Resetting the momentum, or going back to a checkpoint before the spike, helps.',
            rms,
          );
    });
  },
};

function zeroShare({ stats }: ReadTensor): number {
  return stats.count === 0 ? 0 : stats.zeros / stats.count;
}

function sighting(
  found: readonly ReadTensor[],
  about: string,
  severity: Sighting['severity'],
  what: string,
  why: string,
  value: (tensor: ReadTensor) => number,
): Sighting[] {
  return found.length === 0
    ? []
    : [
        {
          about: `${about} ${found[0]?.name ?? ''}`,
          severity,
          confidence: 0.7,
          title: `Adam's second moment of ${listed(found.map(({ name, parameter }) => parameter ?? name))} ${what}`,
          explanation: `${found
            .map((one) => `${one.name}: ${inWords(value(one))}`)
            .slice(0, 4)
            .join('; ')}. ${why}`,
          otherCauses: ['parameters that hardly ever take part in a step'],
          evidence: found.map((one) => ({ role: one.role, tag: one.name, value: value(one) })),
        },
      ];
}

/** Step counters of one optimizer that differ. */
export const STEP_COUNTERS: CheckpointRule = {
  id: 'step-counters-disagree',
  symptom: 'resume',
  judge: (checkpoint) => {
    const byOptimizer = new Map<string, { name: string; step: number }[]>();
    for (const counter of optimizerSteps(checkpoint)) {
      const optimizer = counter.name.replace(/(^|\.)state\..*$/, '');
      byOptimizer.set(optimizer, [...(byOptimizer.get(optimizer) ?? []), counter]);
    }
    return [...byOptimizer.values()].flatMap((counters): Sighting[] => {
      const usual = median(counters.map(({ step }) => step));
      const behind = counters.filter(({ step }) => step !== usual);
      // Experts and layers that were unfrozen one after the other differ in large numbers.
      if (counters.length < LEAST_PARAMETERS || behind.length === 0 || behind.length > counters.length / 4) {
        return [];
      }
      return [
        {
          about: behind[0]?.name ?? '',
          severity: 'info',
          confidence: 0.6,
          title: `${behind.length} of ${counters.length} parameters have taken another number of steps than the rest`,
          explanation:
            `The optimizer has counted ${inWords(usual)} steps for most parameters, and ${behind
              .map(({ name, step }) => `${inWords(step)} for ${name}`)
              .slice(0, 3)
              .join(', ')}. ` +
            'They were added or unfrozen later, have had no gradient in some steps, or their state was not restored on a resume.',
          otherCauses: ['parameters that take part in some steps only, such as experts'],
          evidence: behind.map(({ name, step }) => ({
            role: 'optimizer/step',
            tag: name,
            value: step,
            baseline: usual,
            baselineMeaning: 'median of all parameters',
            unit: 'steps',
          })),
        },
      ];
    });
  },
};
