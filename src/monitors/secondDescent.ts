import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { isEvaluationLoss, isMainEvaluationLoss, isTrainingLoss } from '../signals/derivedQuantities.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import type { Level } from '../signals/levelHistory.js';
import { levelAtSteps } from '../signals/levelShares.js';
import type { LossLevels } from '../signals/lossLevels.js';
import { median, noiseOf } from '../signals/rise.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { PerSeries } from './perSeries.js';
import { at, nameFirst, percent, quantity } from './words.js';

/** Relative rise of the evaluation loss that makes it overfit at first. */
const RISE = 0.1;
/** Share of that rise which has been undone since. */
const UNDONE = 1 / 3;
/** Rise and fall in units of the noise from one evaluation to the next. */
const NOISE_FACTOR = 4;
/** Evaluations on either side of the peak that lie above the middle of the rise. */
const PEAK_EVALUATIONS = 3;
/** How much the training loss has to fall over the rise: otherwise it was a blow to the weights. */
const TRAIN_DROP = 0.02;
/** Other humps of this share of its size make it one of many: an evaluation loss that wobbles. */
const SAME_SIZE = 0.5;
/** A learning rate below this share of what it was at the peak explains the fall. */
const RATE_HELD = 0.5;
/** Training accuracy of a model that knows its data by heart. */
const LEARNED_BY_HEART = 0.99;
/** What the accuracy on held-out data gains where it generalises late, as a share of what was missing. */
const LATE_GAIN = 0.05;

const ABOUT: About = {
  id: 'second-descent',
  symptoms: ['other'],
  papers: [
    {
      title: 'Multi-scale Feature Learning Dynamics: Insights for Double Descent',
      authors: 'Pezeshki et al.',
      year: 2022,
    },
    {
      title: 'Towards Understanding Grokking: An Effective Theory of Representation Learning',
      authors: 'Liu et al.',
      year: 2022,
    },
    {
      title: 'Grokking as the Transition from Lazy to Rich Training Dynamics',
      authors: 'Kumar et al.',
      year: 2024,
    },
  ],
  remedy: 'Log the training loss and, often enough, the loss on held-out data.',
};

/** Down, up, and down again. */
interface Hump {
  readonly bestStep: number;
  readonly best: number;
  readonly peakStep: number;
  readonly peak: number;
  readonly nowStep: number;
  readonly now: number;
}

function humpOf(levels: readonly Level[]): Hump | undefined {
  const smooth = levels.map(({ level }, index) =>
    median([levels[index - 1]?.level ?? level, level, levels[index + 1]?.level ?? level]),
  );
  const now = median(smooth.slice(-PEAK_EVALUATIONS));
  let lowest = 0;
  let found: { readonly best: number; readonly peak: number } | undefined;
  let size = 0;
  for (const [index, value] of smooth.entries()) {
    const least = Math.min(value - (smooth[lowest] ?? value), value - now);
    if (least > size) {
      size = least;
      found = { best: lowest, peak: index };
    }
    lowest = value < (smooth[lowest] ?? Infinity) ? index : lowest;
  }
  if (found === undefined) {
    return undefined;
  }
  const best = smooth[found.best] ?? Number.NaN;
  const peak = smooth[found.peak] ?? Number.NaN;
  const noise = noiseOf(levels, 1);
  const middle = (best + peak) / 2;
  const above = (part: readonly number[]): number => part.filter((value) => value > middle).length;
  if (humps(smooth, SAME_SIZE * size) > 1) {
    return undefined;
  }
  const broad =
    above(smooth.slice(found.best, found.peak + 1)) >= PEAK_EVALUATIONS &&
    above(smooth.slice(found.peak)) >= PEAK_EVALUATIONS;
  const clear = peak - best >= Math.max(RISE * best, NOISE_FACTOR * noise) && peak - now >= NOISE_FACTOR * noise;
  return broad && clear && peak - now >= UNDONE * (peak - best)
    ? {
        best,
        bestStep: levels[found.best]?.toStep ?? Number.NaN,
        peak,
        peakStep: levels[found.peak]?.toStep ?? Number.NaN,
        now,
        nowStep: levels.at(-1)?.toStep ?? Number.NaN,
      }
    : undefined;
}

/** How often a series rises by `size` above its lowest so far and falls by as much again. */
function humps(values: readonly number[], size: number): number {
  let count = 0;
  let low = Infinity;
  let high = -Infinity;
  let rising = false;
  for (const value of values) {
    if (rising) {
      high = Math.max(high, value);
      if (high - value >= size) {
        count++;
        low = value;
        rising = false;
      }
    } else {
      low = Math.min(low, value);
      if (value - low >= size) {
        high = value;
        rising = true;
      }
    }
  }
  return count;
}

class SecondDescentSession implements MonitorSession {
  private readonly run: ObservedRun;
  private readonly accuracies = new PerSeries((signal) => new FiniteLevels(signal));

  constructor(run: ObservedRun) {
    this.run = run;
  }

  consume(sample: Sample): void {
    if (sample.signal.role.endsWith('/accuracy')) {
      this.accuracies.of(sample).push(sample);
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    const needed = 4 * PEAK_EVALUATIONS;
    return this.evaluations().some(({ points }) => points >= needed)
      ? undefined
      : notEnough(ABOUT, `at least ${needed} rows of eval/loss`);
  }

  findings(): readonly Finding[] {
    const [train] = this.run.derived.losses(isTrainingLoss);
    if (train === undefined || this.notEvaluated() !== undefined) {
      return [];
    }
    return this.evaluations()
      .flatMap((evaluation) => {
        const hump = evaluation.positive ? humpOf(evaluation.levels) : undefined;
        return hump !== undefined && this.isLearning(hump, train)
          ? [this.findingOf(evaluation.signal, hump, train)]
          : [];
      })
      .slice(0, 1);
  }

  private evaluations(): readonly LossLevels[] {
    const main = this.run.derived.losses(isMainEvaluationLoss);
    return main.length > 0 ? main : this.run.derived.losses(isEvaluationLoss);
  }

  /** The training loss went down while the evaluation loss rose, and the learning rate was not what brought it down. */
  private isLearning({ bestStep, peakStep, nowStep }: Hump, train: LossLevels): boolean {
    const then = levelAtSteps(train.levels, bestStep, bestStep);
    const atPeak = levelAtSteps(train.levels, peakStep, peakStep);
    const rate = this.run.derived.learningRate;
    const held = rate === undefined || !(rate.at(nowStep) < RATE_HELD * rate.at(peakStep));
    return held && atPeak <= (1 - TRAIN_DROP) * then;
  }

  private accuracy(role: string, step: number): number {
    const [found] = this.accuracies.withRole((one) => one === role);
    return found === undefined ? Number.NaN : levelAtSteps(found.watcher.history.levels, step, step);
  }

  private findingOf(
    signal: Signal,
    { best, bestStep, now, nowStep, peak, peakStep }: Hump,
    train: LossLevels,
  ): Finding {
    const byHeart = this.accuracy('train/accuracy', peakStep) >= LEARNED_BY_HEART;
    const [then, later] = [this.accuracy('eval/accuracy', peakStep), this.accuracy('eval/accuracy', nowStep)];
    const learns = byHeart && later - then >= LATE_GAIN * (1 - then);
    return findingAbout(
      ABOUT,
      signal,
      { fromStep: bestStep, toStep: nowStep, open: true },
      {
        confidence: 0.6,
        title: learns
          ? `${nameFirst(signal)} falls again, from ${quantity(peak)} to ${quantity(now)}, after the training data were learned by heart`
          : `${nameFirst(signal)} falls a second time: from ${quantity(peak)} to ${quantity(now)}`,
        explanation:
          `The evaluation loss rose from ${quantity(best)} near ${at(signal, bestStep)} to ${quantity(peak)} near ${at(signal, peakStep)}, which looks like overfitting, ` +
          `and has come down to ${quantity(now)} since${now < best ? ', lower than before' : ''}, while the training loss kept falling. ` +
          (learns
            ? `The accuracy on held-out data went from ${percent(then)} to ${percent(later)} in that time: this is late generalisation (grokking), and it pays to train on.`
            : 'Slowly learned features can do that (epoch-wise double descent): as long as it falls, stopping would be too early.'),
        otherCauses: [
          'The loss falls through smaller logits alone (weight decay, calibration) while the accuracy stands still: look at the accuracy.',
          'Another batch size, another regularisation or other data since the peak.',
        ],
        evidence: [
          evidenceNear(signal, nowStep, now, { value: peak, meaning: `highest level, around ${at(signal, peakStep)}` }),
          evidenceNear(train.signal, nowStep, levelAtSteps(train.levels, nowStep, nowStep)),
        ],
      },
    );
  }
}

/** An evaluation loss that has risen comes down again: double descent, grokking. */
export const secondDescent: Monitor = {
  ...ABOUT,
  title: 'Second descent of the evaluation loss',
  needs: [['eval/loss', 'eval/*/loss'], ['train/loss']],
  uses: ['train/accuracy', 'eval/accuracy', 'learning-rate'],
  constants: [
    {
      name: 'RISE',
      value: RISE,
      meaning: 'relative rise of the evaluation loss before it falls again',
      source: 'chosen, above what the overfitting monitor asks for',
    },
    { name: 'UNDONE', value: UNDONE, meaning: 'share of the rise that has been undone since', source: 'chosen' },
    {
      name: 'NOISE_FACTOR',
      value: NOISE_FACTOR,
      meaning: 'rise and fall in standard deviations of an evaluation',
      source: 'chosen',
    },
    {
      name: 'PEAK_EVALUATIONS',
      value: PEAK_EVALUATIONS,
      meaning: 'evaluations above the middle of the rise on either side of the peak',
      source: 'chosen: single bad evaluations are no peak',
    },
    {
      name: 'TRAIN_DROP',
      value: TRAIN_DROP,
      meaning: 'relative fall of the training loss over the rise',
      source: 'as in the overfitting monitor: without it both rise, and that was a blow to the weights',
    },
    {
      name: 'SAME_SIZE',
      value: SAME_SIZE,
      meaning: 'size of another hump, as a share of this one, that makes it one of many',
      source: 'chosen',
    },
    {
      name: 'RATE_HELD',
      value: RATE_HELD,
      meaning: 'learning rate now over that at the peak, below which the schedule explains the fall',
      source: 'chosen: step schedules divide by 2 and more',
    },
    {
      name: 'LEARNED_BY_HEART',
      value: LEARNED_BY_HEART,
      meaning: 'training accuracy of a model that knows its data by heart',
      source: 'Liu et al. ask for 0.9 and simple data; nearer to 1 it is by heart',
    },
    {
      name: 'LATE_GAIN',
      value: LATE_GAIN,
      meaning: 'gain of the accuracy on held-out data, as a share of what was missing, that is called grokking',
      source: 'chosen',
    },
  ],
  silences: [
    'An evaluation loss that rises and stays: overfitting.',
    'A loss spike or divergence that heals: the training loss rises with it.',
    'A fall that follows a lower learning rate.',
    'Single evaluations that stand out, and a loss that wobbles all the time.',
  ],
  start: (run) => new SecondDescentSession(run),
};
