import type { Finding, NotEvaluated } from '../model/finding.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import { levelBetween } from '../signals/levelShares.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { PolicyCourses } from './policyCourses.js';
import { at, quantity, times } from './words.js';

/** Answers this many times as long as in the first rows have exploded ... */
const RATIO = 3;
/** ... when they stay so long for this share of the rows ... */
const LASTING_SHARE = 0.1;
/** ... and the reward has kept no more than this share of what it had gained. */
const UNREWARDED = 0.7;
const FEWEST_ROWS = 50;
const START_SHARE = 0.1;

class LengthWatch extends FiniteLevels {
  /** A length of 0 or less is a filler, not a completion. */
  override push(sample: Sample): void {
    if (sample.value > 0) {
      super.push(sample);
    }
  }
}

class LengthExplosionSession implements MonitorSession {
  private readonly courses = new PolicyCourses(
    (signal) => new LengthWatch(signal),
    ({ points }) => points >= FEWEST_ROWS,
  );

  consume(sample: Sample): void {
    this.courses.consume(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.courses.judged.length > 0
      ? undefined
      : {
          monitor: 'length-explosion',
          missing: [`at least ${FEWEST_ROWS} rows of completion-length`],
          remedy: 'Log the mean length of the answers at every step.',
        };
  }

  findings(): readonly Finding[] {
    return this.courses.judged.flatMap((watch) => this.findingsOf(watch));
  }

  private findingsOf({ signal, history: { levels } }: LengthWatch): readonly Finding[] {
    const start = levelBetween(levels, 0, START_SHARE);
    const long = levels.slice(levels.findLastIndex(({ level }) => level < RATIO * start) + 1);
    const [first, last] = [long[0], long.at(-1)];
    if (first === undefined || last === undefined || long.length < LASTING_SHARE * levels.length) {
      return [];
    }
    const standing = this.courses.reward.standing(first.fromStep, last.toStep);
    if (!(standing <= UNREWARDED)) {
      return [];
    }
    return [
      {
        id: `length-explosion:${signal.series.tag}:${signal.series.rank ?? 0}:${first.fromStep}`,
        monitor: 'length-explosion',
        symptom: 'policy-collapse',
        severity: 'warning',
        confidence: 0.75,
        fromStep: first.fromStep,
        toStep: last.toStep,
        open: true,
        title: `Answers have grown ${times(last.level / start)} as long since ${at(signal, first.fromStep)}, without reward`,
        explanation:
          `Answers had a length of ${quantity(start)} in the first rows and have one of ${quantity(last.level)} now. ` +
          'The reward has lost part of what it had gained, or never gained anything.',
        otherCauses: [
          'The answers repeat themselves or never end: read samples, and look at how many are cut off.',
          'A loss averaged over tokens that makes long wrong answers cheap.',
        ],
        evidence: [evidenceNear(signal, last.toStep, last.level, { value: start, meaning: 'level of the first rows' })],
        papers: [],
      },
    ];
  }
}

/** Answers that grow longer and longer for nothing. */
export const lengthExplosion: Monitor = {
  id: 'length-explosion',
  title: 'Answers grow longer without reward',
  symptoms: ['policy-collapse'],
  needs: [['completion-length'], ['reward']],
  uses: [],
  constants: [
    { name: 'RATIO', value: RATIO, meaning: 'times the length of the first rows', source: 'chosen' },
    { name: 'LASTING_SHARE', value: LASTING_SHARE, meaning: 'share of the rows that it lasts', source: 'chosen' },
    {
      name: 'UNREWARDED',
      value: UNREWARDED,
      meaning: 'share of its gain that the reward has kept at most',
      source: 'chosen: reasoning models earn by long answers',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows before the first judgement', source: 'chosen' },
  ],
  silences: [
    'Answers that grow together with the reward: reasoning gets longer as it gets better.',
    'Growth by less than three times.',
    'A few long batches.',
  ],
  papers: [],
  remedy: 'Log the mean length of the answers (completions/mean_length) and the reward.',
  start: () => new LengthExplosionSession(),
};
