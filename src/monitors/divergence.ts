import type { Finding, NotEvaluated } from '../model/finding.js';
import { isMainEvaluationLoss, isTrainingLoss } from '../signals/derivedQuantities.js';
import type { LossLevels } from '../signals/lossLevels.js';
import type { Rise } from '../signals/rise.js';
import { learnsFromRewards } from '../signals/trainingContext.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun } from './monitor.js';
import { lossIsNoProgress } from './rewardLearning.js';
import { at, nameFirst, nameOf, percent, quantity, rows, times } from './words.js';

/** Fewest rows of loss that can show a divergence. */
const FEWEST_ROWS = 6;
/** The fewer rows since the best, the higher the loss must have risen above it: rows since, relative rise. */
const RISE_AFTER_100_ROWS = 0.06;
const RISE_AFTER_30_ROWS = 0.1;
const RISE_AFTER_10_ROWS = 0.2;
const RISE_AFTER_4_ROWS = 0.5;
const RISE_BY_ROWS: readonly (readonly [rows: number, rise: number])[] = [
  [100, RISE_AFTER_100_ROWS],
  [30, RISE_AFTER_30_ROWS],
  [10, RISE_AFTER_10_ROWS],
  [4, RISE_AFTER_4_ROWS],
];
/** Share of all the ground gained that the rise must undo. */
const SHARE_OF_DESCENT = 0.05;
/** The rise in units of the noise from level to level. */
const NOISE_FACTOR = 4;
/** Share of the levels since the rise began that must lie above its middle. */
const STEADINESS = 0.5;
/** A loss this near to zero, as a share of where it began, has arrived: there it multiplies easily. */
const NEAR_ZERO = 0.01;
/** The loss has been up for so many rows, or for this share of all, before it counts as gone: the confirmation delay. */
const LASTING_ROWS = 50;
const LASTING_SHARE = 0.05;
const FEWEST_HIGH_ROWS = 4;
/** A loss whose best was within its first rows has only ever risen: some do so by design, but do not double. */
const NEVER_FELL_ROWS = 5;
const NEVER_FELL_RISE = 1;
/** A peak this near to the start of the run, from which the loss has come down by this share, is a new beginning. */
const SAME_START = 0.15;
const DOWN_AGAIN = 0.3;
/** Rises of this kind that came back before make a habit: data sorted by difficulty, wandering noise. */
const HABITUAL_SWINGS = 2;
/** From here on the run is lost, not merely worse. */
const LOST_RISE = 0.5;
/** A learning rate this many times that at the best loss, after a higher one before: a warm restart. */
const RESTART_FACTOR = 1.5;
/** The evaluation loss still improves when its best lies in the last share of its rows. */
const RECENT_SHARE = 0.25;
const FEWEST_EVALUATIONS = 4;

class DivergenceSession implements MonitorSession {
  private readonly run: ObservedRun;
  constructor(run: ObservedRun) {
    this.run = run;
  }

  /** Everything needed is derived for all monitors already. */
  consume(): void {}

  notEvaluated(): NotEvaluated | undefined {
    if (learnsFromRewards(this.run.signals)) {
      return lossIsNoProgress('divergence');
    }
    if (this.run.signals.some(({ role }) => role.startsWith('codebook/'))) {
      return {
        monitor: 'divergence',
        missing: ['a loss without the terms of the codebook, which grow with the scale of the encoder'],
        remedy: 'Watch the reconstruction loss, and the use of the codebook.',
      };
    }
    const most = Math.max(0, ...this.judged().map(({ points }) => points));
    return most >= FEWEST_ROWS
      ? undefined
      : {
          monitor: 'divergence',
          missing: [`at least ${FEWEST_ROWS} rows of a loss`],
          remedy: 'Log the training loss more often, or wait for more rows.',
        };
  }

  findings(): readonly Finding[] {
    if (this.notEvaluated() !== undefined) {
      return [];
    }
    const judged = this.run.derived.losses(isTrainingLoss).length > 0 ? isTrainingLoss : isMainEvaluationLoss;
    const diverged = this.run.derived.majority(judged, (levels) => {
      const rise = this.riseOf(levels);
      return rise !== undefined && this.diverged(levels, rise);
    });
    const rise = diverged === undefined ? undefined : this.riseOf(diverged);
    return diverged === undefined || rise === undefined ? [] : [findingOf(diverged, rise)];
  }

  /** Under a changed objective the loss is another: what it was before is no measure. */
  private riseOf(levels: LossLevels): Rise | undefined {
    const changed = this.run.derived.objective.last;
    return changed === undefined ? levels.rise : levels.riseSince(changed);
  }

  /** Training losses, longest first; evaluation losses only where no training loss is logged. */
  private judged(): readonly LossLevels[] {
    const train = this.run.derived.losses(isTrainingLoss);
    return train.length > 0 ? train : this.run.derived.losses(isMainEvaluationLoss);
  }

  private diverged(watch: LossLevels, rise: Rise): boolean {
    if (watch.points < FEWEST_ROWS) {
      return false;
    }
    const gained = rise.now - rise.best;
    const descent = Math.max(0, rise.start - rise.best);
    const relative = gained / (watch.positive ? rise.best : Math.max(Math.abs(rise.best), descent));
    const neverFell = rise.pointsToBest <= NEVER_FELL_ROWS;
    const needed = neverFell
      ? NEVER_FELL_RISE
      : (RISE_BY_ROWS.find(([since]) => rise.pointsSince >= since)?.[1] ?? Infinity);
    const onlyEvaluation = watch.signal.role !== 'train/loss';
    return (
      relative >= needed &&
      gained >= SHARE_OF_DESCENT * descent &&
      gained >= NOISE_FACTOR * rise.noise &&
      rise.steadiness >= STEADINESS &&
      rise.swingsBefore < HABITUAL_SWINGS &&
      rise.pointsSinceOnset >= Math.min(LASTING_ROWS, Math.max(FEWEST_HIGH_ROWS, LASTING_SHARE * watch.points)) &&
      Math.min(...watch.newest) > rise.best + gained / 4 &&
      !(watch.positive && rise.peak <= NEAR_ZERO * watch.firstValue) &&
      !beginsAgain(rise) &&
      !this.restarted(rise) &&
      (onlyEvaluation ? rise.now >= rise.start : !this.evaluationImproves())
    );
  }

  /** The learning rate was raised again after it had come down. */
  private restarted(rise: Rise): boolean {
    const rate = this.run.derived.learningRate;
    return (
      rate !== undefined &&
      rate.peakStep < rise.bestStep &&
      rate.at(rise.nowStep) >= RESTART_FACTOR * rate.at(rise.bestStep)
    );
  }

  private evaluationImproves(): boolean {
    return this.run.derived
      .losses(isMainEvaluationLoss)
      .some(
        ({ rise, points }) =>
          rise !== undefined && points >= FEWEST_EVALUATIONS && rise.pointsSince <= RECENT_SHARE * points,
      );
  }
}

/** It went up at once to where the run began, and has come a good part of the way down again: weights set back on purpose. */
function beginsAgain({ peak, peakStep, start, now, nowStep, onsetStep, best }: Rise): boolean {
  return (
    Math.abs(peak - start) <= SAME_START * Math.abs(start) &&
    peakStep - onsetStep <= (nowStep - onsetStep) / 4 &&
    peak - now >= DOWN_AGAIN * (peak - best)
  );
}

function findingOf(watch: LossLevels, rise: Rise): Finding {
  const { signal } = watch;
  const { series } = signal;
  const ratio = rise.now / rise.best;
  const relative = ratio - 1;
  const lost = !watch.positive || relative >= LOST_RISE || rise.now >= rise.start;
  const howMuch = watch.positive ? ` (${ratio >= 2 ? times(ratio) : `${percent(relative)} up`})` : '';
  const peak =
    rise.peak > rise.now * 1.1 && watch.positive
      ? ` It peaked at ${quantity(rise.peak)} near ${at(signal, rise.peakStep)}.`
      : '';
  return {
    id: `divergence:${series.tag}:${series.rank ?? 0}:${rise.bestStep}`,
    monitor: 'divergence',
    symptom: 'divergence',
    severity: lost ? 'error' : 'warning',
    confidence: lost ? 0.95 : 0.8,
    fromStep: rise.onsetStep,
    toStep: rise.nowStep,
    open: true,
    title: `${nameFirst(signal)} rose from ${quantity(rise.best)} to ${quantity(rise.now)} and has not come back`,
    explanation:
      `The ${nameOf(signal)} was ${quantity(rise.best)} around ${at(signal, rise.bestStep)}. It has been rising since about ` +
      `${at(signal, rise.onsetStep)} and stands around ${quantity(rise.now)}${howMuch} ${rows(rise.pointsSince)} after its best.${peak}` +
      (rise.now >= rise.start ? ' The run is no better than when it began.' : ''),
    otherCauses: [
      'The objective was changed on purpose at that step: a loss term switched on, another data mixture, a longer sequence.',
      'The data come in an order of growing difficulty: then the evaluation loss keeps falling.',
    ],
    evidence: [
      evidenceNear(signal, rise.nowStep, rise.now, {
        value: rise.best,
        meaning: `lowest level of the run (smoothed), around ${at(signal, rise.bestStep)}`,
      }),
    ],
    papers: [],
  };
}

/** The loss has risen above its best and stays there. */
export const divergence: Monitor = {
  id: 'divergence',
  title: 'Divergence',
  symptoms: ['divergence'],
  needs: [['train/loss', 'eval/loss']],
  uses: ['eval/*/loss', 'learning-rate', 'objective-setting', 'reward'],
  constants: [
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows of loss before the first judgement', source: 'chosen' },
    {
      name: 'RISE_AFTER_100_ROWS',
      value: RISE_AFTER_100_ROWS,
      meaning: 'relative rise above the best level that counts once 100 rows have passed since',
      source: 'measured on public runs: healthy ones stay below a fifth of it',
    },
    { name: 'RISE_AFTER_30_ROWS', value: RISE_AFTER_30_ROWS, meaning: 'the same for 30 rows', source: 'as above' },
    { name: 'RISE_AFTER_10_ROWS', value: RISE_AFTER_10_ROWS, meaning: 'the same for 10 rows', source: 'as above' },
    { name: 'RISE_AFTER_4_ROWS', value: RISE_AFTER_4_ROWS, meaning: 'the same for 4 rows', source: 'as above' },
    {
      name: 'SHARE_OF_DESCENT',
      value: SHARE_OF_DESCENT,
      meaning: 'share of the ground gained that the rise undoes',
      source: 'chosen: losses near 0 multiply easily',
    },
    {
      name: 'NEAR_ZERO',
      value: NEAR_ZERO,
      meaning: 'share of its first value below which a loss counts as arrived, however it multiplies there',
      source: 'chosen: weight decay and restarts raise such losses by factors in health',
    },
    {
      name: 'NOISE_FACTOR',
      value: NOISE_FACTOR,
      meaning: 'rise in units of the noise from level to level',
      source: 'four standard deviations',
    },
    {
      name: 'STEADINESS',
      value: STEADINESS,
      meaning: 'share of the levels since the onset above the middle of the rise',
      source: 'chosen: tells a rise from a swing',
    },
    {
      name: 'LASTING_ROWS',
      value: LASTING_ROWS,
      meaning: 'rows that the loss has been up',
      source: 'chosen: spikes in public runs last up to 50 rows',
    },
    { name: 'LASTING_SHARE', value: LASTING_SHARE, meaning: 'or share of all rows, in shorter logs', source: 'chosen' },
    {
      name: 'NEVER_FELL_ROWS',
      value: NEVER_FELL_ROWS,
      meaning: 'rows within which the best lies when a loss has only ever risen',
      source: 'chosen',
    },
    {
      name: 'NEVER_FELL_RISE',
      value: NEVER_FELL_RISE,
      meaning: 'relative rise of a loss that has only ever risen',
      source:
        'contrastive losses rise by the half and more while their queue fills, from ln of the batch to ln of the queue',
    },
    {
      name: 'SAME_START',
      value: SAME_START,
      meaning: 'relative distance of the peak to the start of the run that makes a new beginning',
      source: 'chosen: deliberate re-initialisation',
    },
    {
      name: 'DOWN_AGAIN',
      value: DOWN_AGAIN,
      meaning: 'share of the rise that has been undone by then',
      source: 'chosen: a collapse to the start stays there',
    },
    {
      name: 'HABITUAL_SWINGS',
      value: HABITUAL_SWINGS,
      meaning: 'earlier rises of this size that came back',
      source: 'chosen: sorted batches make a saw tooth in every epoch',
    },
    {
      name: 'LOST_RISE',
      value: LOST_RISE,
      meaning: 'relative rise from which the run counts as lost',
      source: 'chosen',
    },
    {
      name: 'RESTART_FACTOR',
      value: RESTART_FACTOR,
      meaning: 'growth of the learning rate that makes a warm restart',
      source: 'Loshchilov and Hutter, SGDR',
    },
  ],
  silences: [
    'Reinforcement learning: losses grow with the rewards.',
    'A codebook is learned: the terms that bind encoder and codes grow with the scale of the encoder.',
    'After the learning rate was raised again on purpose (warm restarts).',
    'A loss that stays below a hundredth of its first value.',
    'While the evaluation loss keeps improving.',
    'A new fall from where the run began: weights set back on purpose.',
    'A saw tooth: the loss has risen as far before, and come back each time.',
    'A new run in the same log: the step went back and the loss began anew.',
    'The objective was changed, and the log says so (the weight of a KL term, the stage of a curriculum, the length of sequences): only what followed the last change is judged.',
  ],
  papers: [],
  remedy: 'Log the training loss.',
  start: (run) => new DivergenceSession(run),
};
