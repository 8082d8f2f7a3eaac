import type { Finding, NotEvaluated } from '../model/finding.js';
import { median } from '../signals/rise.js';
import type { Level } from '../signals/levelHistory.js';
import type { Rise } from '../signals/rise.js';
import { isEvaluationLoss, isMainEvaluationLoss, isTrainingLoss } from '../signals/derivedQuantities.js';
import type { LossLevels } from '../signals/lossLevels.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun } from './monitor.js';
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

class OverfittingSession implements MonitorSession {
  private readonly run: ObservedRun;

  constructor(run: ObservedRun) {
    this.run = run;
  }

  /** Everything needed is derived for all monitors already. */
  consume(): void {}

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
      return main.flatMap((watch) => judge(watch, train)).slice(0, 1);
    }
    const parts = this.run.derived.losses(isEvaluationLoss);
    const findings = parts.flatMap((watch) => judge(watch, train));
    return findings.length > parts.length / 2 ? findings.slice(0, 1) : [];
  }
}

function judge(watch: LossLevels, train: LossLevels | undefined): Finding[] {
  const { rise } = watch;
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

/** The evaluation loss rises while the training loss falls. */
export const overfitting: Monitor = {
  id: 'overfitting',
  title: 'Overfitting',
  symptoms: ['overfitting'],
  needs: [['eval/loss', 'eval/*/loss']],
  uses: ['train/loss'],
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
  ],
  silences: [
    'An evaluation loss that flattens or rises by less than 4 %.',
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
