import type { Finding, NotEvaluated, Paper } from '../model/finding.js';
import type { Level } from '../signals/levelHistory.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import { lastStretch } from '../signals/lastStretch.js';
import { levelBetween } from '../signals/levelShares.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { at, percent, quantity, times } from './words.js';

/** Share of its size by which the log probability of the chosen answers has fallen: worth a note ... */
const NOTED_FALL = 0.2;
/** ... and a look, by which it has doubled. */
const CLEAR_FALL = 1;
/** An accuracy this far below its best is lost, not noise. */
const ACCURACY_LOSS = 0.1;
/** Share of the rows over which it lasts, up to the newest. */
const LASTING_SHARE = 0.1;
/** Rows before the first judgement. */
const FEWEST_ROWS = 20;

const CHOSEN = 'preference/log-probability-chosen';
const REJECTED = 'preference/log-probability-rejected';
const MARGIN = 'preference/margin';
const ACCURACY = 'preference/accuracy';

class DisplacementSession implements MonitorSession {
  private readonly series = new PerSeries((signal) => new FiniteLevels(signal));

  consume(sample: Sample): void {
    this.series.of(sample).push(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.chosen() === undefined
      ? {
          monitor: 'likelihood-displacement',
          missing: [`at least ${FEWEST_ROWS} rows of ${CHOSEN} below 0`],
          remedy: REMEDY,
        }
      : undefined;
  }

  findings(): readonly Finding[] {
    const chosen = this.chosen();
    if (chosen === undefined) {
      return [];
    }
    const { signal, history } = chosen;
    const start = startOf(history.levels);
    const stretch = lastStretch(history.levels, (level) => level <= (1 + NOTED_FALL) * start);
    const rejected = this.of(REJECTED);
    const both = rejected !== undefined && nowOf(rejected.history.levels) < startOf(rejected.history.levels);
    const margin = this.of(MARGIN);
    const apart = margin !== undefined && nowOf(margin.history.levels) > startOf(margin.history.levels);
    if (stretch === undefined || stretch.share < LASTING_SHARE || !(both || apart)) {
      return [];
    }
    const now = nowOf(history.levels);
    const accuracyLost = this.accuracyLost();
    const clear = now <= (1 + CLEAR_FALL) * start || accuracyLost;
    const told = [
      ...(margin === undefined
        ? []
        : [
            `the margin went from ${quantity(startOf(margin.history.levels))} to ${quantity(nowOf(margin.history.levels))}`,
          ]),
      ...(rejected === undefined
        ? []
        : [
            `that of the rejected answers from ${quantity(startOf(rejected.history.levels))} to ${quantity(nowOf(rejected.history.levels))}`,
          ]),
    ];
    return [
      {
        id: `likelihood-displacement:${signal.series.tag}:${stretch.fromStep}`,
        monitor: 'likelihood-displacement',
        symptom: 'policy-collapse',
        severity: clear ? 'warning' : 'info',
        confidence: clear ? 0.7 : 0.5,
        fromStep: stretch.fromStep,
        toStep: stretch.toStep,
        open: true,
        title: `The chosen answers become less likely: their log probability fell from ${quantity(start)} to ${quantity(now)}`,
        explanation:
          `The log probability of the chosen answers began at ${quantity(start)} and has been lower by more than ${percent(NOTED_FALL)} of that since ${at(signal, stretch.fromStep)}; meanwhile ${told.join(' and ')}. ` +
          'The preference is learned by pushing both answers down, the rejected one further; the probability goes to answers that nobody chose. ' +
          (accuracyLost
            ? 'The accuracy of the preferences falls as well.'
            : clear
              ? `It is ${times(now / start)} as negative as at the start.`
              : 'Some of this is common with margin losses; a large fall shows in what the model writes.'),
        otherCauses: [
          'Answers have become longer: sums over tokens fall with the length, means do not.',
          'The learning rate is too high or beta too small; a supervised term on the chosen answers holds them up.',
          'Chosen and rejected answers share most of their tokens: their gradients pull together.',
        ],
        evidence: [
          evidenceNear(signal, stretch.toStep, now, { value: start, meaning: 'level of the first rows' }),
          ...[margin, rejected].flatMap((other) =>
            other === undefined
              ? []
              : [
                  evidenceNear(other.signal, stretch.toStep, nowOf(other.history.levels), {
                    value: startOf(other.history.levels),
                    meaning: 'level of the first rows',
                  }),
                ],
          ),
        ],
        papers: PAPERS,
      },
    ];
  }

  private chosen(): FiniteLevels | undefined {
    const found = this.of(CHOSEN);
    return found !== undefined && found.points >= FEWEST_ROWS && startOf(found.history.levels) < 0 ? found : undefined;
  }

  private of(role: string): FiniteLevels | undefined {
    return this.series.withRole((own) => own === role)[0]?.watcher;
  }

  private accuracyLost(): boolean {
    const levels = this.of(ACCURACY)?.history.levels ?? [];
    const thirds = [1 / 3, 2 / 3, 1].map((to) => levelBetween(levels, to - 1 / 3, to));
    const [, , now = Number.NaN] = thirds;
    return Math.max(...thirds) - now >= ACCURACY_LOSS;
  }
}

function startOf(levels: readonly Level[]): number {
  return levelBetween(levels, 0, 0.05);
}

function nowOf(levels: readonly Level[]): number {
  return levelBetween(levels, 0.9, 1);
}

const PAPERS: readonly Paper[] = [
  {
    title: 'A Common Pitfall of Margin-based Language Model Alignment: Gradient Entanglement',
    authors: 'Yuan et al.',
    year: 2024,
  },
  {
    title: 'On GRPO Collapse in Search-R1: The Lazy Likelihood-Displacement Death Spiral',
    authors: 'Deng et al.',
    year: 2025,
  },
];

const REMEDY =
  'Log the mean log probability of the chosen and of the rejected answers (logps/chosen, logps/rejected) and the margin between them.';

/**
 * Preference training that makes the preferred answers less likely. Chosen and rejected answers fall together when their
 * gradients point the same way (catalogue 128; 71 for GRPO). A small fall is common in DPO and no fault, so that a fall
 * of a fifth is a note; a fall to twice the size, or one that costs accuracy, is a warning.
 */
export const likelihoodDisplacement: Monitor = {
  id: 'likelihood-displacement',
  title: 'Likelihood displacement',
  symptoms: ['policy-collapse'],
  needs: [['preference/*']],
  uses: [],
  constants: [
    {
      name: 'NOTED_FALL',
      value: NOTED_FALL,
      meaning: 'share of its size by which the log probability of the chosen answers has fallen',
      source: 'chosen: catalogue 128 calls a falling log probability with a rising margin common',
    },
    {
      name: 'CLEAR_FALL',
      value: CLEAR_FALL,
      meaning: 'the same at which it is a warning',
      source: 'chosen: every token as if its probability were squared',
    },
    {
      name: 'ACCURACY_LOSS',
      value: ACCURACY_LOSS,
      meaning: 'accuracy of the preferences lost since its best third',
      source: 'chosen',
    },
    {
      name: 'LASTING_SHARE',
      value: LASTING_SHARE,
      meaning: 'share of the rows over which it lasts, up to the newest',
      source: 'chosen',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows before the first judgement', source: 'chosen' },
  ],
  silences: [
    'A log probability of the rejected answers that falls alone: that is what is wanted.',
    'A fall by less than a fifth, which is common with margin losses.',
    'A fall by less than twice with an accuracy that holds is a note.',
  ],
  papers: PAPERS,
  remedy: REMEDY,
  start: () => new DisplacementSession(),
};
