import type { Finding, NotEvaluated } from '../model/finding.js';
import { optimizerFamily } from '../signals/trainingContext.js';
import { evidenceOf } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { at, quantity, times } from './words.js';

/** A batch that changes by this factor from one row to the next is a change of plan; smaller ones are a ramp. */
const BATCH_RATIO = 2;
/** A learning rate that moves by less than this share of the factor, in the logarithm, was left as it is. */
const FOLLOWED_SHARE = 0.25;
/** Rows after the change within which the rate may follow. */
const FOLLOW_ROWS = 3;

const ABOUT: About = {
  id: 'batch-size-rule',
  symptoms: ['learning-rate'],
  papers: [
    {
      title: 'Learning Rates as a Function of Batch Size: A Random Matrix Theory Approach to Neural Network Training',
      authors: 'Granziol et al.',
      year: 2022,
    },
  ],
  remedy: 'Log the batch size and the learning rate.',
};

interface Change {
  readonly before: Sample;
  readonly after: Sample;
  readonly rateBefore: number;
  rows: number;
  rateAfter: number;
}

class BatchSizeRuleSession implements MonitorSession {
  private readonly run: ObservedRun;
  private last: Sample | undefined;
  private rows = 0;
  private readonly changes: Change[] = [];

  constructor(run: ObservedRun) {
    this.run = run;
  }

  consume(sample: Sample): void {
    if (sample.signal.role !== 'batch-size') {
      const change = this.changes.at(-1);
      if (change !== undefined && change.rows < FOLLOW_ROWS && sample.step >= change.after.step) {
        change.rows++;
        change.rateAfter = this.run.derived.learningRate?.newest ?? Number.NaN;
      }
      return;
    }
    const before = this.last;
    if (!(sample.value > 0) || sample.signal !== (before?.signal ?? sample.signal)) {
      return;
    }
    this.rows++;
    this.last = sample;
    const ratio = sample.value / (before?.value ?? Number.NaN);
    if (before !== undefined && this.changes.length === 0 && (ratio >= BATCH_RATIO || ratio <= 1 / BATCH_RATIO)) {
      const rateBefore = this.run.derived.learningRate?.at(before.step) ?? Number.NaN;
      this.changes.push({ before, after: sample, rateBefore, rows: 0, rateAfter: rateBefore });
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.rows >= 2 && (this.run.derived.learningRate?.points ?? 0) >= 2
      ? undefined
      : notEnough(ABOUT, 'at least 2 rows of batch-size and learning-rate');
  }

  findings(): readonly Finding[] {
    return this.changes.flatMap(({ after, before, rateAfter, rateBefore, rows }) => {
      const factor = Math.log(after.value / before.value);
      const followed = Math.log(rateAfter / rateBefore) / factor;
      if (rows < FOLLOW_ROWS || !(followed < FOLLOWED_SHARE)) {
        return [];
      }
      const family = optimizerFamily(this.run.configuration, this.run.signals);
      const ratio = after.value / before.value;
      const [linear, root] = [quantity(rateBefore * ratio), quantity(rateBefore * Math.sqrt(ratio))];
      const rules = {
        adaptive: `for Adam and its kin the rule of thumb is the square root of the factor: about ${root}`,
        other: `for SGD the rule of thumb is the factor itself: about ${linear}`,
        unknown: `rules of thumb: the factor itself for SGD (about ${linear}), its square root for Adam and its kin (about ${root})`,
      };
      return [
        findingAbout(
          ABOUT,
          after.signal,
          { fromStep: after.step, toStep: after.step, open: false },
          {
            confidence: 0.4,
            title: `The batch became ${ratio > 1 ? `${times(ratio)} as large` : `${times(1 / ratio)} smaller`}, and the learning rate did not follow`,
            explanation:
              `At ${at(after.signal, after.step)} the batch size went from ${quantity(before.value)} to ${quantity(after.value)} while the learning rate stayed near ${quantity(rateAfter)}; ` +
              `${rules[family]}.`,
            otherCauses: [
              'Beyond the critical batch size the best learning rate no longer grows.',
              'A larger batch in place of a lower learning rate, on purpose.',
              'LARS, LAMB and schedules by tokens take care of it themselves.',
            ],
            evidence: [
              evidenceOf(after.signal, after.step, after.value, { value: before.value, meaning: 'batch size before' }),
            ],
          },
        ),
      ];
    });
  }
}

/** A batch size that changes while the learning rate stays. */
export const batchSizeRule: Monitor = {
  ...ABOUT,
  title: 'The learning rate did not follow the batch size',
  needs: [['batch-size'], ['learning-rate', 'learning-rate/*']],
  uses: [],
  constants: [
    {
      name: 'BATCH_RATIO',
      value: BATCH_RATIO,
      meaning: 'factor by which the batch changes at once',
      source: 'chosen: ramps take smaller steps',
    },
    {
      name: 'FOLLOWED_SHARE',
      value: FOLLOWED_SHARE,
      meaning: 'change of the rate over that of the batch, in logarithms, below which it was left as it is',
      source: 'chosen: half of what the square-root rule of Granziol et al. asks for',
    },
    { name: 'FOLLOW_ROWS', value: FOLLOW_ROWS, meaning: 'rows within which the rate may follow', source: 'chosen' },
  ],
  silences: [
    'Ramps of the batch size in steps of less than a factor of two.',
    'A rate that follows, by the factor or by its square root.',
    'It is a hint and never more: the rule of thumb ends at the critical batch size.',
  ],
  start: (run) => new BatchSizeRuleSession(run),
};
