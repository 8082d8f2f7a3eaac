import type { Finding, NotEvaluated } from '../model/finding.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import { levelBetween } from '../signals/levelShares.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { PolicyCourses } from './policyCourses.js';
import { at, percent, quantity } from './words.js';

/** An entropy below this share of its start has collapsed ... */
const COLLAPSED_SHARE = 0.1;
/** ... when it stays there for this share of the rows. */
const LASTING_SHARE = 0.1;
/** A reward less far on the way from its start to its best gained nothing from it. */
const UNREWARDED = 0.2;
const FEWEST_ROWS = 50;
const START_SHARE = 0.05;

/** A term of a loss, which rewards entropy by its negative: `train/entropy_loss` of Stable-Baselines3. */
const LOSS_TERM = /loss$/i;

class EntropyWatch extends FiniteLevels {
  /** From what is logged to an entropy, and back. */
  sign: 1 | -1 | undefined;

  override push({ step, value }: { readonly step: number; readonly value: number }): void {
    if (Number.isFinite(value)) {
      this.sign ??= value < 0 && LOSS_TERM.test(this.signal.series.tag) ? -1 : 1;
      super.push({ step, value: this.sign * value });
    }
  }

  get start(): number {
    return levelBetween(this.history.levels, 0, START_SHARE);
  }

  /** Entropies of discrete policies only: densities have negative ones. */
  get judged(): boolean {
    return this.points >= FEWEST_ROWS && this.start > 0;
  }
}

class EntropyCollapseSession implements MonitorSession {
  private readonly courses = new PolicyCourses(
    (signal) => new EntropyWatch(signal),
    ({ judged }) => judged,
  );

  consume(sample: Sample): void {
    this.courses.consume(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.courses.judged.length > 0
      ? undefined
      : {
          monitor: 'entropy-collapse',
          missing: [`at least ${FEWEST_ROWS} rows of a positive entropy`],
          remedy: 'Log the mean entropy of the policy over its tokens or actions at every step.',
        };
  }

  findings(): readonly Finding[] {
    return this.courses.judged.flatMap((watch) => this.findingsOf(watch));
  }

  private findingsOf({ signal, history, start, sign = 1 }: EntropyWatch): readonly Finding[] {
    const { levels } = history;
    const collapsed = levels.slice(levels.findLastIndex(({ level }) => level > COLLAPSED_SHARE * start) + 1);
    const [first, last] = [collapsed[0], collapsed.at(-1)];
    if (first === undefined || last === undefined || collapsed.length < LASTING_SHARE * levels.length) {
      return [];
    }
    const standing = this.courses.reward.standing(first.fromStep, last.toStep);
    if (standing > UNREWARDED) {
      return [];
    }
    return [
      {
        id: `entropy-collapse:${signal.series.tag}:${signal.series.rank ?? 0}:${first.fromStep}`,
        monitor: 'entropy-collapse',
        symptom: 'policy-collapse',
        severity: Number.isNaN(standing) ? 'info' : 'warning',
        confidence: Number.isNaN(standing) ? 0.4 : 0.8,
        fromStep: first.fromStep,
        toStep: last.toStep,
        open: true,
        title: `Entropy of the policy collapsed to ${quantity(last.level)} since ${at(signal, first.fromStep)}`,
        explanation:
          `The entropy began at ${quantity(start)} and has stayed below ${percent(COLLAPSED_SHARE)} of that since ${at(signal, first.fromStep)}. ` +
          'The policy gives nearly the same answer every time and does not explore any more' +
          (Number.isNaN(standing) ? '.' : ', and the reward has gained next to nothing by it.'),
        otherCauses: [
          'The learning rate or the number of updates per batch is too high, or the entropy bonus too small.',
          'The task has one right answer: then the reward stands at its top.',
        ],
        evidence: [
          evidenceNear(signal, last.toStep, sign * last.level, {
            value: sign * start,
            meaning: 'level of the first rows',
          }),
        ],
        papers: [],
      },
    ];
  }
}

/** A policy that has become certain without a reward for it. */
export const entropyCollapse: Monitor = {
  id: 'entropy-collapse',
  title: 'Entropy collapse',
  symptoms: ['policy-collapse'],
  needs: [['entropy']],
  uses: ['reward'],
  constants: [
    {
      name: 'COLLAPSED_SHARE',
      value: COLLAPSED_SHARE,
      meaning: 'share of its start below which the entropy has collapsed',
      source: 'chosen',
    },
    { name: 'LASTING_SHARE', value: LASTING_SHARE, meaning: 'share of the rows that it lasts', source: 'chosen' },
    {
      name: 'UNREWARDED',
      value: UNREWARDED,
      meaning: 'share of the way from its start to its best that the reward has made at most',
      source: 'chosen: policies that converge keep their reward',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows before the first judgement', source: 'chosen' },
  ],
  silences: [
    'A policy that converges: its reward stays near its best.',
    'An entropy that falls by less than ten times.',
    'Entropies of continuous actions, which may be negative.',
    'A collapse without any reward in the log is a note.',
  ],
  papers: [],
  remedy: 'Log the mean entropy of the policy.',
  start: () => new EntropyCollapseSession(),
};
