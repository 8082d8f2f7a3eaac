import type { Finding, NotEvaluated } from '../model/finding.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import { lastStretch } from '../signals/lastStretch.js';
import { levelBetween } from '../signals/levelShares.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { PolicyCourses } from './policyCourses.js';
import { at, percent } from './words.js';

/** Share of probability ratios that are clipped, above which most of the data says nothing ... */
const CLIPPED_SHARE = 0.4;
/** ... over this share of the rows, up to the newest. */
const LASTING_SHARE = 0.2;
/** A reward that has lost half of what it had gained. */
const HALF_LOST = 0.5;
/** Rows before the first judgement. */
const FEWEST_ROWS = 30;

class PolicyClippingSession implements MonitorSession {
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
          monitor: 'policy-clipping',
          missing: [`at least ${FEWEST_ROWS} rows of policy-clip-fraction`],
          remedy: REMEDY,
        };
  }

  findings(): readonly Finding[] {
    return this.courses.judged.flatMap((watch) => this.findingsOf(watch)).slice(0, 1);
  }

  private findingsOf({ signal, history: { levels } }: FiniteLevels): readonly Finding[] {
    const stretch = lastStretch(levels, (level) => level >= CLIPPED_SHARE);
    if (stretch === undefined || stretch.share < LASTING_SHARE) {
      return [];
    }
    const start = levelBetween(levels, 0, 0.1);
    const lost = this.courses.reward.standing(stretch.fromStep, stretch.toStep) <= HALF_LOST;
    return [
      {
        id: `policy-clipping:${signal.series.tag}:${signal.series.rank ?? 0}:${stretch.fromStep}`,
        monitor: 'policy-clipping',
        symptom: 'policy-collapse',
        severity: lost ? 'warning' : 'info',
        confidence: lost ? 0.7 : 0.5,
        fromStep: stretch.fromStep,
        toStep: stretch.toStep,
        open: true,
        title: `${percent(stretch.level)} of the policy's probability ratios are clipped since ${at(signal, stretch.fromStep)}`,
        explanation:
          `The share began at ${percent(start)} and has not been below ${percent(CLIPPED_SHARE)} since ${at(signal, stretch.fromStep)}. ` +
          'Each update moves the policy further than the clipping allows, so that most of the data gives no gradient and the rest pulls it on. ' +
          (lost
            ? 'The reward has lost at least half of what it had gained.'
            : 'The reward has not suffered, or none is logged.'),
        otherCauses: [
          'The learning rate is too high, or one batch is used for too many updates.',
          'The data come from an old policy, or from a sampler with other numerics than the trainer.',
          'The clipping range is very small on purpose.',
        ],
        evidence: [
          evidenceNear(signal, stretch.toStep, stretch.level, { value: start, meaning: 'level of the first rows' }),
        ],
        papers: [],
      },
    ];
  }
}

const REMEDY = 'Log the share of clipped probability ratios (clip_fraction) at every update.';

/** Policies that leave the trust region with every update: most probability ratios of PPO or GRPO are clipped. */
export const policyClipping: Monitor = {
  id: 'policy-clipping',
  title: 'Most probability ratios clipped',
  symptoms: ['policy-collapse'],
  needs: [['policy-clip-fraction']],
  uses: ['reward'],
  constants: [
    {
      name: 'CLIPPED_SHARE',
      value: CLIPPED_SHARE,
      meaning: 'share of the probability ratios that are clipped',
      source: 'chosen: PPO at its usual settings clips 0.05 to 0.3',
    },
    {
      name: 'LASTING_SHARE',
      value: LASTING_SHARE,
      meaning: 'share of the rows over which it lasts, up to the newest',
      source: 'chosen',
    },
    {
      name: 'HALF_LOST',
      value: HALF_LOST,
      meaning: 'share of what it had gained that the reward still has at most',
      source: 'as for a divergence from the reference that blows up',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows before the first judgement', source: 'chosen' },
  ],
  silences: [
    'The 5 to 30 % that PPO clips in health, and more for some rows.',
    'A share of zero: with one update for each batch nothing can be clipped.',
    'The share of completions cut off at the longest length, which some programs call clip ratio, too.',
    'While the reward holds it is a note.',
  ],
  papers: [],
  remedy: REMEDY,
  start: () => new PolicyClippingSession(),
};
