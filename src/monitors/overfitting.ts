import type { Finding, NotEvaluated } from '../model/finding.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import { levelBetween } from '../signals/levelShares.js';
import { median } from '../signals/rise.js';
import type { Level } from '../signals/levelHistory.js';
import type { Rise } from '../signals/rise.js';
import { isEvaluationLoss, isMainEvaluationLoss, isTrainingLoss } from '../signals/derivedQuantities.js';
import type { LossLevels } from '../signals/lossLevels.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { at, nameFirst, nameOf, percent, quantity } from './words.js';

/** Relative rise of the evaluation loss above its best. */
const RISE = 0.04;
/** With few evaluations after the best, more is asked. */
const RISE_OF_FEW = 0.08;
const FEW_EVALUATIONS = 3;
/** Fewest evaluations in all, and after the best. */
const FEWEST_EVALUATIONS = 4;
const FEWEST_SINCE_BEST = 2;
/** Share of the evaluation loss's descent that the rise undoes. */
const SHARE_OF_DESCENT = 0.04;
/** In units of the noise from one evaluation to the next. */
const NOISE_FACTOR = 3;
/** After so many evaluations in a row that each lie above the one before, the newest says where the loss is ... */
const CLIMBING_EVALUATIONS = 3;
/** ... when it stands out this far: a single evaluation is noisier than a level. */
const CLIMBING_NOISE_FACTOR = 4;
/** Share of the evaluations since the rise began that lie above its middle. */
const STEADINESS = 0.5;
/** The peak comes within this share of the time since the best ... */
const BLOW_SHARE = 1 / 3;
/** ... and so much of the rise to it has been undone since. */
const RECOVERED = 1 / 3;
/** How much the training loss has fallen since the best evaluation. */
const TRAIN_DROP = 0.02;
/** Without a training loss to compare, the rise must be this clear ... */
const RISE_ALONE = 0.1;
/** ... over so many evaluations. */
const FEWEST_SINCE_BEST_ALONE = 4;
/** Share of the training levels on either side of a step that make its level. */
const AROUND_SHARE = 0.02;
/** Last steps of train and evaluation further apart than this count different things. */
const COUNTER_RATIO = 2;
/** Fewest evaluations that can show a gap that grows. */
const FEWEST_FOR_GAP = 9;
/** An evaluation loss that fell by more than this from the middle third of the evaluations to the last still learns. */
const STILL_GAINS = 0.03;
/** The same for an accuracy that rose. */
const ACCURACY_GAINS = 0.01;
/** Share of the first evaluation below which the loss is low, whatever lies below it. */
const HIGH_SHARE = 0.3;
/** What is left of the training loss at the end of these two thirds. */
const TRAIN_LEFT = 0.5;
/** Evaluation over training loss by then ... */
const GAP_RATIO = 3;
/** ... where the two began within this factor of each other: losses of other units say nothing. */
const SAME_UNIT_RATIO = 1.5;
/** A narrower gap is told as a note: with an evaluation loss that does not rise, many would train on. */
const WIDE_GAP_RATIO = 10;

class OverfittingSession implements MonitorSession {
  private readonly run: ObservedRun;
  private readonly accuracies = new PerSeries((signal) => new FiniteLevels(signal));

  constructor(run: ObservedRun) {
    this.run = run;
  }

  /** The losses are derived for all monitors already. */
  consume(sample: Sample): void {
    if (sample.signal.role === 'eval/accuracy') {
      this.accuracies.of(sample).push(sample);
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.run.derived.losses(isEvaluationLoss).some(({ points }) => points >= FEWEST_EVALUATIONS)
      ? undefined
      : {
          monitor: 'overfitting',
          missing: [`at least ${FEWEST_EVALUATIONS} rows of eval/loss`],
          remedy: 'Evaluate more often, or wait for more evaluations.',
        };
  }

  findings(): readonly Finding[] {
    const [train] = this.run.derived.losses(isTrainingLoss);
    const main = this.run.derived.losses(isMainEvaluationLoss);
    if (main.length > 0) {
      const rising = main.flatMap((watch) => judge(watch, train)).slice(0, 1);
      return rising.length > 0 ? rising : this.gaps(main, train);
    }
    const parts = this.run.derived.losses(isEvaluationLoss);
    const findings = parts.flatMap((watch) => judge(watch, train));
    return findings.length > parts.length / 2 ? findings.slice(0, 1) : [];
  }

  /** A gap that grows below an evaluation loss that does not rise. */
  private gaps([evaluation]: readonly LossLevels[], train: LossLevels | undefined): readonly Finding[] {
    if (evaluation === undefined || train === undefined || !train.positive) {
      return [];
    }
    const [accuracy] = this.accuracies.all;
    const gap = growingGapOf(
      evaluation,
      (step) => levelAround(train.levels, alignedStep(step, evaluation, train)),
      accuracy?.watcher.history.levels ?? [],
    );
    return gap === undefined ? [] : [gapFindingOf(evaluation, train, gap)];
  }
}

function judge(watch: LossLevels, train: LossLevels | undefined): Finding[] {
  const rise = watch.rise === undefined ? undefined : upToDate(watch.rise, watch.levels);
  if (rise === undefined || !risesAgain(watch, rise)) {
    return [];
  }
  if (train === undefined) {
    return isGradual(watch, rise) ? [findingOf(watch, rise, undefined)] : [];
  }
  const then = levelAround(train.levels, alignedStep(rise.bestStep, watch, train));
  const now = levelAround(train.levels, Infinity);
  if (rise.pointsToBest <= 1 && now >= rise.best) {
    return [];
  }
  const drop = train.positive ? (then - now) / then : Math.sign(then - now);
  return drop >= TRAIN_DROP ? [findingOf(watch, rise, { watch: train, then, now })] : [];
}

/** Smoothing lags behind by an evaluation or two, for which a loss that climbs all the time need not be waited. */
function upToDate(rise: Rise, levels: readonly Level[]): Rise {
  const newest = levels.slice(-CLIMBING_EVALUATIONS - 1).map(({ level }) => level);
  const now = newest.at(-1) ?? rise.now;
  const climbs =
    newest.length > CLIMBING_EVALUATIONS && newest.every((level, at) => at === 0 || level > (newest[at - 1] ?? level));
  return climbs && now - rise.best >= CLIMBING_NOISE_FACTOR * rise.noise ? { ...rise, now } : rise;
}

function risesAgain(watch: LossLevels, rise: Rise): boolean {
  const gained = rise.now - rise.best;
  const descent = Math.max(0, rise.start - rise.best);
  return (
    watch.points >= FEWEST_EVALUATIONS &&
    rise.pointsSince >= FEWEST_SINCE_BEST &&
    relativeRise(watch, rise) >= (rise.pointsSince < FEW_EVALUATIONS ? RISE_OF_FEW : RISE) &&
    gained >= SHARE_OF_DESCENT * descent &&
    gained >= NOISE_FACTOR * rise.noise &&
    rise.steadiness >= STEADINESS &&
    !recovers(rise)
  );
}

/** Highest at once after its best, and a good part of the way down again since: a blow to the weights, not learning by heart. */
function recovers({ best, bestStep, peak, peakStep, now, nowStep }: Rise): boolean {
  return peakStep - bestStep <= BLOW_SHARE * (nowStep - bestStep) && peak - now >= RECOVERED * (peak - best);
}

function relativeRise({ positive }: LossLevels, { now, best, start }: Rise): number {
  return (now - best) / (positive ? best : Math.max(Math.abs(best), start - best));
}

/** Without a training loss to compare: a clear rise, over several evaluations, that does not undo everything. */
function isGradual(watch: LossLevels, rise: Rise): boolean {
  const since = watch.levels.filter(({ fromStep }) => fromStep > rise.bestStep).map(({ level }) => level);
  const between = since.filter(
    (level) => level > rise.best + 0.2 * (rise.now - rise.best) && level < rise.best + 0.8 * (rise.now - rise.best),
  );
  return (
    relativeRise(watch, rise) >= RISE_ALONE &&
    rise.pointsSince >= FEWEST_SINCE_BEST_ALONE &&
    between.length >= 2 &&
    rise.now < rise.start
  );
}

/** An evaluation loss that stands still above a training loss that goes on falling. */
interface GrowingGap {
  readonly fromStep: number;
  readonly toStep: number;
  /** Evaluation loss over the middle third of the evaluations, and over the last. */
  readonly before: number;
  readonly now: number;
  /** Training loss at the beginning of that time, and at its end. */
  readonly trainThen: number;
  readonly trainNow: number;
}

/**
 * The gap between training and evaluation, where it has grown over the last two thirds of the evaluations and nothing
 * was gained by it. No rise of the evaluation loss is needed, so that it shows below noisy evaluations as well.
 * @param trainAt the training loss around a step of the evaluations.
 * @param accuracy levels of the accuracy on the same data; none where it is not logged.
 */
function growingGapOf(
  { levels, points, positive }: LossLevels,
  trainAt: (step: number) => number,
  accuracy: readonly Level[],
): GrowingGap | undefined {
  const [first, middle] = [levels[0], levels[Math.floor(levels.length / 3)]];
  if (first === undefined || middle === undefined || points < FEWEST_FOR_GAP || !positive) {
    return undefined;
  }
  const before = levelBetween(levels, 1 / 3, 2 / 3);
  const now = levelBetween(levels, 2 / 3, 1);
  const atFirst = first.level / trainAt(first.toStep);
  const [trainThen, trainNow] = [trainAt(middle.fromStep), trainAt(Infinity)];
  const grows =
    now >= (1 - STILL_GAINS) * before &&
    now >= HIGH_SHARE * first.level &&
    trainNow <= TRAIN_LEFT * trainThen &&
    now >= GAP_RATIO * trainNow &&
    Math.max(atFirst, 1 / atFirst) <= SAME_UNIT_RATIO &&
    !gains(accuracy);
  return grows
    ? { fromStep: middle.fromStep, toStep: levels.at(-1)?.toStep ?? middle.toStep, before, now, trainThen, trainNow }
    : undefined;
}

function gains(accuracy: readonly Level[]): boolean {
  return levelBetween(accuracy, 2 / 3, 1) > (1 + ACCURACY_GAINS) * levelBetween(accuracy, 1 / 3, 2 / 3);
}

/** The step of the training log that belongs to an evaluation; by shares where the two count different things. */
function alignedStep(step: number, evaluation: LossLevels, train: LossLevels): number {
  const lastEvaluation = evaluation.levels.at(-1)?.toStep ?? 0;
  const lastTrain = train.levels.at(-1)?.toStep ?? 0;
  const ratio = lastTrain / lastEvaluation;
  return ratio > COUNTER_RATIO || ratio < 1 / COUNTER_RATIO ? step * ratio : step;
}

/** Median of the levels around a step, as many on either side as make a small share of all. */
function levelAround(levels: readonly Level[], step: number): number {
  const after = levels.findIndex(({ fromStep }) => fromStep > step);
  const centre = after < 0 ? levels.length - 1 : Math.max(0, after - 1);
  const reach = Math.round(AROUND_SHARE * levels.length);
  return median(levels.slice(Math.max(0, centre - reach), centre + reach + 1).map(({ level }) => level));
}

/** The training loss over the same time. */
interface TrainingSince {
  readonly watch: LossLevels;
  readonly then: number;
  readonly now: number;
}

function findingOf(watch: LossLevels, rise: Rise, train: TrainingSince | undefined): Finding {
  const { signal } = watch;
  const { series } = signal;
  const relative = rise.now / rise.best - 1;
  return {
    id: `overfitting:${series.tag}:${series.rank ?? 0}:${rise.bestStep}`,
    monitor: 'overfitting',
    symptom: 'overfitting',
    severity: 'warning',
    confidence: train === undefined ? 0.6 : relative >= 2 * RISE && rise.pointsSince >= FEW_EVALUATIONS ? 0.9 : 0.7,
    fromStep: rise.bestStep,
    toStep: rise.nowStep,
    open: true,
    title: `${nameFirst(signal)} has risen from ${quantity(rise.best)} to ${quantity(rise.now)}${train === undefined ? '' : ' while the training loss fell'}`,
    explanation:
      `The ${nameOf(signal)} was best, around ${quantity(rise.best)}, near ${at(signal, rise.bestStep)} and is around ${quantity(rise.now)} by now` +
      `${watch.positive ? ` (${percent(relative)} up)` : ''}. ` +
      (train === undefined
        ? 'The log holds no training loss to compare it with; if that has fallen meanwhile, the model learns its training data by heart.'
        : `Over the same time the training loss fell from ${quantity(train.then)} to ${quantity(train.now)}: the model learns its training data by heart.`),
    otherCauses: [
      'Large networks on noisy labels can recover later (epoch-wise double descent); repeated data do not.',
      'The loss may rise through overconfidence alone while the accuracy still improves: look at the accuracy too.',
    ],
    evidence: [
      evidenceNear(signal, rise.nowStep, rise.now, {
        value: rise.best,
        meaning: `best level of the evaluations, around ${at(signal, rise.bestStep)}`,
      }),
      ...(train === undefined
        ? []
        : [
            evidenceNear(train.watch.signal, train.watch.levels.at(-1)?.toStep ?? rise.nowStep, train.now, {
              value: train.then,
              meaning: 'level at the time of the best evaluation',
            }),
          ]),
    ],
    papers: [
      { title: 'Deep Double Descent: Where Bigger Models and More Data Hurt', authors: 'Nakkiran et al.', year: 2020 },
      { title: 'Scaling Data-Constrained Language Models', authors: 'Muennighoff et al.', year: 2023 },
    ],
  };
}

function gapFindingOf({ signal }: LossLevels, train: LossLevels, gap: GrowingGap): Finding {
  const { series } = signal;
  const { before, fromStep, now, toStep, trainNow, trainThen } = gap;
  return {
    id: `overfitting:gap:${series.tag}:${series.rank ?? 0}`,
    monitor: 'overfitting',
    symptom: 'overfitting',
    severity: now >= WIDE_GAP_RATIO * trainNow ? 'warning' : 'info',
    confidence: 0.6,
    fromStep,
    toStep,
    open: true,
    title: `${nameFirst(signal)} stays around ${quantity(now)} while the training loss fell from ${quantity(trainThen)} to ${quantity(trainNow)}`,
    explanation:
      `Since ${at(signal, fromStep)} the ${nameOf(signal)} has gained nothing: it was around ${quantity(before)} over the middle third of the evaluations and is around ${quantity(now)} over the last. ` +
      `Over the same time the training loss fell from ${quantity(trainThen)} to ${quantity(trainNow)}: what is still learned holds for the training data alone.`,
    otherCauses: [
      'Training and evaluation data are of different kinds or difficulty: then the gap was there before the training loss became low.',
      'Generalisation may come much later (grokking), mostly with weight decay and little data.',
    ],
    evidence: [
      evidenceNear(signal, toStep, now, { value: before, meaning: 'level over the middle third of the evaluations' }),
      evidenceNear(train.signal, train.levels.at(-1)?.toStep ?? toStep, trainNow, {
        value: trainThen,
        meaning: `level around ${at(signal, fromStep)}`,
      }),
    ],
    papers: [],
  };
}

/** The evaluation loss rises, or stands still, while the training loss falls. */
export const overfitting: Monitor = {
  id: 'overfitting',
  title: 'Overfitting',
  symptoms: ['overfitting'],
  needs: [['eval/loss', 'eval/*/loss']],
  uses: ['train/loss', 'eval/accuracy'],
  constants: [
    {
      name: 'RISE',
      value: RISE,
      meaning: 'relative rise of the evaluation loss above its best',
      source: 'rises below 2 % are noise or marginal in public runs; 6 % and more are not',
    },
    {
      name: 'RISE_OF_FEW',
      value: RISE_OF_FEW,
      meaning: 'the same with fewer than three evaluations after the best',
      source: 'chosen',
    },
    {
      name: 'FEWEST_EVALUATIONS',
      value: FEWEST_EVALUATIONS,
      meaning: 'evaluations before the first judgement',
      source: 'chosen',
    },
    {
      name: 'SHARE_OF_DESCENT',
      value: SHARE_OF_DESCENT,
      meaning: 'share of the evaluation loss gained that is lost again',
      source: 'chosen',
    },
    {
      name: 'NOISE_FACTOR',
      value: NOISE_FACTOR,
      meaning: 'rise in units of the noise between evaluations',
      source: 'three standard deviations',
    },
    {
      name: 'CLIMBING_EVALUATIONS',
      value: CLIMBING_EVALUATIONS,
      meaning: 'evaluations in a row, each above the one before, after which the newest counts without smoothing',
      source: 'chosen: noise alone brings three such in a row once in 24 times, and seldom by so much',
    },
    {
      name: 'CLIMBING_NOISE_FACTOR',
      value: CLIMBING_NOISE_FACTOR,
      meaning: 'rise to it in units of the noise between evaluations',
      source: 'four standard deviations: it is one evaluation, not a level',
    },
    {
      name: 'STEADINESS',
      value: STEADINESS,
      meaning: 'share of the evaluations since the onset above the middle of the rise',
      source: 'chosen',
    },
    {
      name: 'BLOW_SHARE',
      value: BLOW_SHARE,
      meaning: 'share of the time since the best within which a blow has its peak',
      source: 'chosen: overfitting is highest at its end',
    },
    {
      name: 'RECOVERED',
      value: RECOVERED,
      meaning: 'share of the rise to the peak that has been undone since',
      source: 'chosen: noise of evaluations undoes less',
    },
    {
      name: 'TRAIN_DROP',
      value: TRAIN_DROP,
      meaning: 'relative fall of the training loss since the best evaluation',
      source: 'chosen: without it both rise, and that is no overfitting',
    },
    {
      name: 'RISE_ALONE',
      value: RISE_ALONE,
      meaning: 'relative rise without a training loss to compare',
      source: 'chosen',
    },
    {
      name: 'FEWEST_SINCE_BEST_ALONE',
      value: FEWEST_SINCE_BEST_ALONE,
      meaning: 'evaluations after the best without a training loss',
      source: 'chosen',
    },
    {
      name: 'COUNTER_RATIO',
      value: COUNTER_RATIO,
      meaning: 'ratio of the last steps from which on train and evaluation count different things',
      source: 'logs that count micro-batches against updates',
    },
    {
      name: 'FEWEST_FOR_GAP',
      value: FEWEST_FOR_GAP,
      meaning: 'evaluations before a gap that grows is judged',
      source: 'chosen: three in each third',
    },
    {
      name: 'STILL_GAINS',
      value: STILL_GAINS,
      meaning: 'relative fall of the evaluation loss from the middle third to the last that is a gain',
      source: 'chosen',
    },
    {
      name: 'ACCURACY_GAINS',
      value: ACCURACY_GAINS,
      meaning: 'the same for a rise of its accuracy',
      source: 'chosen: overconfidence alone is no overfitting',
    },
    {
      name: 'HIGH_SHARE',
      value: HIGH_SHARE,
      meaning: 'share of the first evaluation that the loss still has',
      source: 'chosen: classifiers of images that are trained to the end, in health, come down to a fifth',
    },
    {
      name: 'TRAIN_LEFT',
      value: TRAIN_LEFT,
      meaning: 'share of the training loss that is left at the end of these two thirds',
      source: 'chosen',
    },
    {
      name: 'GAP_RATIO',
      value: GAP_RATIO,
      meaning: 'evaluation over training loss by then',
      source: 'chosen: public runs of language models have 2 to 3 when their evaluation loss has risen by 15 to 40 %',
    },
    {
      name: 'SAME_UNIT_RATIO',
      value: SAME_UNIT_RATIO,
      meaning: 'the same at the first evaluation, up or down, for losses that can be compared',
      source: 'chosen',
    },
    {
      name: 'WIDE_GAP_RATIO',
      value: WIDE_GAP_RATIO,
      meaning: 'evaluation over training loss from which such a gap is a warning, not a note',
      source: 'chosen: an evaluation loss that stands still is no harm by itself',
    },
  ],
  silences: [
    'An evaluation loss that flattens or rises by less than 4 %, unless the training loss falls far below it.',
    'When the training loss rises too: that is a divergence.',
    'An evaluation loss that jumps and comes down again: a blow to the weights.',
    'An evaluation loss that was never better than at first, below a training loss that has not come down to it.',
    'Single parts of an evaluation loss (box, class) that rise while most do not.',
    'An evaluation loss that swings as far from one evaluation to the next.',
  ],
  papers: [],
  remedy: 'Log the loss on held-out data during training.',
  start: (run) => new OverfittingSession(run),
};
