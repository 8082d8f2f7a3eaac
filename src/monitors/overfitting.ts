import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Level } from '../signals/levelHistory.js';
import type { Rise } from '../signals/rise.js';
import { LossWatch } from './lossWatch.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { isEvalLoss, PerSeries } from './perSeries.js';
import { at, capitalise, nameOf, percent, quantity } from './words.js';

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
const STEADINESS = 0.6;
/** How much the training loss has fallen since the best evaluation. */
const TRAIN_DROP = 0.02;
/** Last steps of train and evaluation further apart than this count different things. */
const COUNTER_RATIO = 2;

class OverfittingSession implements MonitorSession {
  private readonly train = new PerSeries((signal) => new LossWatch(signal, 5));
  private readonly evaluation = new PerSeries((signal) => new LossWatch(signal, 1));

  consume(sample: Sample): void {
    (isEvalLoss(sample.signal.role) ? this.evaluation : this.train).of(sample).push(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.evaluations().some(({ points }) => points >= FEWEST_EVALUATIONS)
      ? undefined
      : {
          monitor: 'overfitting',
          missing: [`at least ${FEWEST_EVALUATIONS} rows of eval/loss`],
          remedy: 'Evaluate more often, or wait for more evaluations.',
        };
  }

  findings(): readonly Finding[] {
    const train = this.series(this.train, (role) => role === 'train/loss')[0];
    if (train === undefined) {
      return [];
    }
    return this.evaluations()
      .flatMap((watch) => {
        const { rise } = watch;
        if (rise === undefined || !overfits(watch, rise)) {
          return [];
        }
        const then = levelAt(train.levels, alignedStep(rise.bestStep, watch, train));
        const now = train.levels.at(-1)?.level ?? Number.NaN;
        const drop = train.positive ? (then - now) / then : then - now > 0 ? 1 : 0;
        return drop >= TRAIN_DROP ? [findingOf(watch, rise, train, then, now)] : [];
      })
      .slice(0, 1);
  }

  /** The main evaluation set first. */
  private evaluations(): LossWatch[] {
    const main = this.series(this.evaluation, (role) => role === 'eval/loss');
    return [...main, ...this.series(this.evaluation, (role) => role !== 'eval/loss' && isEvalLoss(role))];
  }

  private series(of: PerSeries<LossWatch>, fits: (role: string) => boolean): LossWatch[] {
    return of
      .withRole(fits)
      .map(({ watcher }) => watcher)
      .toSorted((left, right) => right.points - left.points);
  }
}

function overfits(watch: LossWatch, rise: Rise): boolean {
  const gained = rise.now - rise.best;
  const descent = Math.max(0, rise.start - rise.best);
  const relative = gained / (watch.positive ? rise.best : Math.max(Math.abs(rise.best), descent));
  return (
    watch.points >= FEWEST_EVALUATIONS &&
    rise.pointsSince >= FEWEST_SINCE_BEST &&
    relative >= (rise.pointsSince < FEW_EVALUATIONS ? RISE_OF_FEW : RISE) &&
    gained >= SHARE_OF_DESCENT * descent &&
    gained >= NOISE_FACTOR * rise.noise &&
    rise.steadiness >= STEADINESS
  );
}

/** The step of the training log that belongs to an evaluation; by shares where the two count different things. */
function alignedStep(step: number, evaluation: LossWatch, train: LossWatch): number {
  const lastEvaluation = evaluation.levels.at(-1)?.toStep ?? 0;
  const lastTrain = train.levels.at(-1)?.toStep ?? 0;
  const ratio = lastTrain / lastEvaluation;
  return ratio > COUNTER_RATIO || ratio < 1 / COUNTER_RATIO ? step * ratio : step;
}

function levelAt(levels: readonly Level[], step: number): number {
  let found = levels[0]?.level ?? Number.NaN;
  for (const { fromStep, level } of levels) {
    if (fromStep > step) {
      break;
    }
    found = level;
  }
  return found;
}

function findingOf(watch: LossWatch, rise: Rise, train: LossWatch, then: number, now: number): Finding {
  const { signal } = watch;
  const { role, series } = signal;
  const relative = rise.now / rise.best - 1;
  return {
    id: `overfitting:${series.tag}:${series.rank ?? 0}:${rise.bestStep}`,
    monitor: 'overfitting',
    symptom: 'overfitting',
    severity: 'warning',
    confidence: relative >= 2 * RISE && rise.pointsSince >= FEW_EVALUATIONS ? 0.9 : 0.7,
    fromStep: rise.bestStep,
    toStep: rise.nowStep,
    open: true,
    title: `${capitalise(nameOf(signal))} has risen from ${quantity(rise.best)} to ${quantity(rise.now)} while the training loss fell`,
    explanation:
      `The ${nameOf(signal)} was best, ${quantity(rise.best)}, at ${at(signal, rise.bestStep)} and is ${quantity(rise.now)} by now` +
      `${watch.positive ? ` (${percent(relative)} up)` : ''}. Over the same time the training loss fell from ${quantity(then)} to ${quantity(now)}: ` +
      'the model learns its training data by heart.',
    otherCauses: [
      'Large networks on noisy labels can recover later (epoch-wise double descent); repeated data do not.',
      'The loss may rise through overconfidence alone while the accuracy still improves: look at the accuracy too.',
    ],
    evidence: [
      {
        role,
        tag: series.tag,
        ...(series.rank === undefined ? {} : { rank: series.rank }),
        step: rise.nowStep,
        value: rise.now,
        baseline: rise.best,
        baselineMeaning: `best evaluation, at ${at(signal, rise.bestStep)}`,
      },
      {
        role: train.signal.role,
        tag: train.signal.series.tag,
        step: train.levels.at(-1)?.toStep ?? rise.nowStep,
        value: now,
        baseline: then,
        baselineMeaning: 'level at the time of the best evaluation',
      },
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
  needs: [['eval/loss', 'eval/*/loss'], ['train/loss']],
  uses: [],
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
      name: 'TRAIN_DROP',
      value: TRAIN_DROP,
      meaning: 'relative fall of the training loss since the best evaluation',
      source: 'chosen: without it both rise, and that is no overfitting',
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
    'An evaluation loss that swings as far from one evaluation to the next.',
  ],
  papers: [],
  remedy: 'Log the loss on held-out data during training.',
  start: () => new OverfittingSession(),
};
