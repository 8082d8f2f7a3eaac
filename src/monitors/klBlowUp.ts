import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import type { Level } from '../signals/levelHistory.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { PolicyCourses } from './policyCourses.js';
import { at, quantity, times } from './words.js';

/** Times the highest before ... */
const RATIO = 5;
/** ... reached within this share of the run ... */
const FAST_SHARE = 0.05;
/** ... and kept for as long. */
const SETTLED_SHARE = 0.1;
/** Divergences below this are small whatever they were before. */
const SMALL = 0.1;
/** A reward that has lost half of what it had gained. */
const HALF_LOST = 0.5;
const FEWEST_ROWS = 50;

interface BlowUp {
  readonly from: Level;
  readonly highestBefore: number;
  readonly last: Level;
}

class BlowUpSession implements MonitorSession {
  private readonly courses = new PolicyCourses(
    (signal) => new FiniteLevels(signal),
    ({ points }) => points >= FEWEST_ROWS,
  );

  consume(sample: Sample): void {
    this.courses.consume(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.courses.judged.length > 0
      ? undefined
      : {
          monitor: 'kl-blow-up',
          missing: [`at least ${FEWEST_ROWS} rows of kl`],
          remedy: 'Log the divergence from the reference policy at every step.',
        };
  }

  findings(): readonly Finding[] {
    return this.courses.judged.flatMap(({ signal, history }) => {
      const found = blowUpOf(history.levels);
      return found === undefined ? [] : [this.findingOf(signal, found)];
    });
  }

  private findingOf(signal: Signal, { from, last, highestBefore }: BlowUp): Finding {
    const lost = this.courses.reward.standing(from.toStep, last.toStep) <= HALF_LOST;
    return {
      id: `kl-blow-up:${signal.series.tag}:${signal.series.rank ?? 0}:${from.fromStep}`,
      monitor: 'kl-blow-up',
      symptom: 'policy-collapse',
      severity: lost ? 'warning' : 'info',
      confidence: lost ? 0.8 : 0.5,
      fromStep: from.fromStep,
      toStep: last.toStep,
      open: true,
      title: `Divergence from the reference grew ${times(last.level / highestBefore)} since ${at(signal, from.fromStep)}`,
      explanation:
        `The KL divergence was never above ${quantity(highestBefore)} before ${at(signal, from.fromStep)} and is ${quantity(last.level)} now. ` +
        (lost
          ? 'The reward has lost at least half of what it had gained.'
          : 'The reward has not suffered, or none is logged.'),
      otherCauses: [
        'The learning rate is too high or the KL coefficient too small: the policy leaves what the reference knows.',
        'The reference policy was replaced, or the estimator of the divergence is the noisy one of single tokens.',
        'The reward is being exploited: read samples.',
      ],
      evidence: [
        evidenceNear(signal, last.toStep, last.level, { value: highestBefore, meaning: 'highest level before' }),
      ],
      papers: [],
    };
  }
}

/** The first fast rise that towers above all before and lasts to the end. */
function blowUpOf(levels: readonly Level[]): BlowUp | undefined {
  const lag = Math.ceil(FAST_SHARE * levels.length);
  let highestBefore = 0;
  for (let at = lag; at + lag < levels.length; at++) {
    highestBefore = Math.max(highestBefore, levels[at - lag]?.level ?? 0);
    const bound = Math.max(RATIO * highestBefore, SMALL);
    const from = levels[at];
    const last = levels.at(-1);
    const early = at - lag < SETTLED_SHARE * levels.length;
    if (!early && from !== undefined && last !== undefined && levels.slice(at).every(({ level }) => level > bound)) {
      return { from, highestBefore, last };
    }
  }
  return undefined;
}

/** A policy that leaves its reference all at once. */
export const klBlowUp: Monitor = {
  id: 'kl-blow-up',
  title: 'KL divergence blows up',
  symptoms: ['policy-collapse'],
  needs: [['kl']],
  uses: ['reward'],
  constants: [
    { name: 'RATIO', value: RATIO, meaning: 'times the highest level before', source: 'chosen' },
    {
      name: 'FAST_SHARE',
      value: FAST_SHARE,
      meaning: 'share of the run within which it rises, and for which it stays',
      source: 'chosen: a divergence that grows slowly is what learning looks like',
    },
    { name: 'SETTLED_SHARE', value: SETTLED_SHARE, meaning: 'share of the run before it counts', source: 'chosen' },
    {
      name: 'SMALL',
      value: SMALL,
      meaning: 'divergence that is small in any case',
      source: 'chosen: five to ten times the usual target of PPO (0.01 to 0.02)',
    },
    {
      name: 'HALF_LOST',
      value: HALF_LOST,
      meaning: 'share of its gain that a reward has kept when it is a warning',
      source: 'chosen',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows before the first judgement', source: 'chosen' },
  ],
  silences: [
    'A divergence that grows steadily while the policy learns.',
    'The first rows, in which it rises from zero.',
    'Spikes that come back.',
    'A jump that does the reward no harm is a note.',
  ],
  papers: [],
  remedy: 'Log the divergence from the reference policy (kl).',
  start: () => new BlowUpSession(),
};
