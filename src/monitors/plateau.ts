import type { Finding, NotEvaluated } from '../model/finding.js';
import type { FlatStretch } from '../signals/flatStretch.js';
import { isMainEvaluationLoss, isTrainingLoss } from '../signals/derivedQuantities.js';
import type { Level } from '../signals/levelHistory.js';
import type { LossLevels } from '../signals/lossLevels.js';
import { MEAN_CHANGE } from '../signals/rise.js';
import { continuesEarlierRun, learnsFromRewards } from '../signals/trainingContext.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun } from './monitor.js';
import { lossIsNoProgress } from './rewardLearning.js';
import { at, count, percent, quantity, rows } from './words.js';

/** A loss that stays within this of itself does not move. */
const FLAT = 0.02;
/** The flat stretch begins this early ... */
const EARLY_SHARE = 0.12;
/** ... and lasts this long, as shares of the rows. */
const LONG_SHARE = 0.3;
/** Fewest flat rows, and fewest where a row is an epoch. */
const FEWEST_ROWS = 200;
const FEWEST_EPOCHS = 10;
/** Rows that are enough when the loss is that of guessing. */
const FEWEST_ROWS_AT_CHANCE = 40;
/** Numbers of classes whose logarithms are looked for. */
const CLASS_COUNTS = [2, 3, 4, 5, 6, 8, 10, 20, 100, 1000];
/** Relative distance from such a logarithm. */
const AT_CHANCE = 0.015;
/** The same for a loss that began there and creeps down: no more than the frequencies of the classes are learned. */
const NEAR_CHANCE = 0.01;
/** Fewer numbers are looked for then: losses of fine-tuning begin anywhere between 1 and 3, and are flat in health. */
const USUAL_CLASS_COUNTS = [10, 100, 1000];
/** Of what guessing costs, a loss above this share is hardly better ... */
const HARDLY_BETTER = 0.9;
/** ... when it moves within this share of itself, noise included, ... */
const CREEPING = 0.05;
/** ... over this share of the rows. */
const MOST_SHARE = 0.6;
/** Share of the start above which nothing was gained. */
const AT_START = 0.97;
/** Stuck this near to where it began: converged runs are lower. */
const STUCK_RATIO = 0.7;
/** A flat loss that is noisier than this from row to row may be at its noise floor. */
const QUIET = 0.02;
/** A slow start falls over the last third of the stretch by this share of itself, ... */
const LATE_FALL = 0.004;
/** ... this many standard errors of the mean of a third, ... */
const LATE_FALL_ERRORS = 4;
/** ... and so many times as far as from the first third to the middle one: what is stuck comes to rest. */
const SPEEDING_UP = 1;
/** A learning rate below this share of its peak has been switched off. */
const RATE_OFF = 0.01;
/** An evaluation loss that fell by this much over the stretch shows that something is learned. */
const EVALUATION_GAIN = 0.03;

class PlateauSession implements MonitorSession {
  private readonly run: ObservedRun;
  constructor(run: ObservedRun) {
    this.run = run;
  }

  /** Everything needed is derived for all monitors already. */
  consume(): void {}

  notEvaluated(): NotEvaluated | undefined {
    if (learnsFromRewards(this.run.signals)) {
      return lossIsNoProgress('plateau');
    }
    if (continuesEarlierRun(this.run.configuration)) {
      return {
        monitor: 'plateau',
        missing: ['the beginning of the run: this one goes on from a checkpoint, where a loss may be flat in health'],
        remedy: 'Look at the run that it goes on from beside it.',
      };
    }
    return this.losses().some((watch) => watch.points >= fewestRows(watch, true))
      ? undefined
      : {
          monitor: 'plateau',
          missing: [`at least ${FEWEST_ROWS_AT_CHANCE} rows of train/loss, or ${FEWEST_EPOCHS} epochs`],
          remedy: 'Log the training loss more often, or wait for more rows.',
        };
  }

  findings(): readonly Finding[] {
    if (this.notEvaluated() !== undefined) {
      return [];
    }
    const stuck = this.run.derived.majority(isTrainingLoss, (levels) => this.stretchOf(levels) !== undefined);
    const stretch = stuck === undefined ? undefined : this.stretchOf(stuck);
    return stuck === undefined || stretch === undefined ? [] : [this.findingOf(stuck, stretch)];
  }

  /** Where the loss is stuck, if it is. */
  private stretchOf(levels: LossLevels): FlatStretch | undefined {
    const flat = levels.longestFlatStretch(FLAT);
    if (flat !== undefined && this.isStuck(levels, flat)) {
      return flat;
    }
    const creeping = levels.longestFlatStretch(CREEPING);
    return creeping !== undefined && this.isHardlyBetterThanChance(levels, creeping) ? creeping : undefined;
  }

  private losses(): readonly LossLevels[] {
    return this.run.derived.losses(isTrainingLoss);
  }

  private isStuck(watch: LossLevels, flat: FlatStretch): boolean {
    return (
      watch.positive &&
      flat.points >= Math.max(fewestRows(watch, flat.atEnd && isAtChance(flat)), LONG_SHARE * watch.points) &&
      flat.pointsBefore <= EARLY_SHARE * watch.points &&
      flat.level >= STUCK_RATIO * flat.start &&
      flat.roughness <= QUIET * flat.level &&
      !speedsUp(flat) &&
      !this.warmsUp &&
      !this.rateOff(flat) &&
      !this.evaluationGains(flat)
    );
  }

  private isHardlyBetterThanChance(watch: LossLevels, flat: FlatStretch): boolean {
    const guessing = USUAL_CLASS_COUNTS.map(Math.log);
    return (
      flat.points >= Math.max(FEWEST_ROWS, MOST_SHARE * watch.points) &&
      flat.atEnd &&
      guessing.some(
        (loss) =>
          Math.abs(flat.start - loss) <= NEAR_CHANCE * loss &&
          flat.level >= HARDLY_BETTER * loss &&
          flat.level <= loss * (1 + AT_CHANCE),
      ) &&
      !this.rateOff(flat) &&
      !this.evaluationGains(flat)
    );
  }

  /** The rate has only risen so far: nothing is stuck before it is there. */
  private get warmsUp(): boolean {
    const rate = this.run.derived.learningRate;
    return rate?.rises === true && rate.newest >= rate.peak;
  }

  private rateOff(flat: FlatStretch): boolean {
    const rate = this.run.derived.learningRate;
    const middle = (flat.fromStep + flat.toStep) / 2;
    return rate !== undefined && rate.peakStep < middle && rate.at(middle) <= RATE_OFF * rate.peak;
  }

  private evaluationGains(flat: FlatStretch): boolean {
    return this.run.derived.losses(isMainEvaluationLoss).some(({ levels }) => {
      const within = levels.filter(({ fromStep }) => fromStep >= flat.fromStep && fromStep <= flat.toStep);
      const first = within[0]?.level ?? Number.NaN;
      const last = within.at(-1)?.level ?? Number.NaN;
      return first - last >= EVALUATION_GAIN * Math.abs(first);
    });
  }

  private findingOf(watch: LossLevels, flat: FlatStretch): Finding {
    const { signal } = watch;
    const { series } = signal;
    const rate = this.run.derived.learningRate?.at((flat.fromStep + flat.toStep) / 2) ?? Number.NaN;
    const gained = 1 - flat.level / flat.start;
    return {
      id: `plateau:${series.tag}:${series.rank ?? 0}:${flat.fromStep}`,
      monitor: 'plateau',
      symptom: 'plateau',
      severity: 'warning',
      confidence: flat.points >= 0.6 * watch.points ? 0.85 : 0.7,
      fromStep: flat.fromStep,
      toStep: flat.toStep,
      open: flat.atEnd,
      title: `Training loss ${flat.atEnd ? 'is stuck' : 'was stuck'} at ${quantity(flat.level)} ${flat.atEnd ? `since ${at(signal, flat.fromStep)}` : `from ${at(signal, flat.fromStep)} to ${count(flat.toStep)}`}`,
      explanation:
        `The training loss has stayed around ${quantity(flat.level)} from ${at(signal, flat.fromStep)} ` +
        `${flat.atEnd ? 'on' : `to ${at(signal, flat.toStep)}`} (${rows(flat.points)}). ` +
        (gained > 0.02
          ? `It began at ${quantity(flat.start)}: only ${percent(gained)} was gained.`
          : `It began at ${quantity(flat.start)}: nothing has been learned.`) +
        (Number.isFinite(rate) ? ` The learning rate was ${quantity(rate)} halfway through.` : ''),
      otherCauses: [
        'The learning rate is far too small, or the gradients do not reach the weights (frozen parameters, dead units, a detached graph).',
        `The model answers the same whatever it is shown: then the loss equals that of the class frequencies (ln of the number of classes when they are equal).`,
        'The data cannot be predicted better than this.',
      ],
      evidence: [
        evidenceNear(signal, flat.toStep, flat.level, { value: flat.start, meaning: 'level of the first rows' }),
      ],
      papers: [],
    };
  }
}

/** The loss falls over the stretch, and ever faster: a beginning, if a slow one. */
function speedsUp({ levels, points, level, roughness }: FlatStretch): boolean {
  const third = Math.floor(levels.length / 3);
  if (third === 0) {
    return false;
  }
  const [first, middle, last] = [0, 1, 2].map((part) => meanLevel(levels.slice(part * third, (part + 1) * third)));
  const [early, late] = [first! - middle!, middle! - last!];
  const error = roughness / MEAN_CHANGE / Math.sqrt(points / 3);
  return late >= LATE_FALL * level && late >= LATE_FALL_ERRORS * error && late >= SPEEDING_UP * early;
}

function meanLevel(levels: readonly Level[]): number {
  const points = levels.reduce((sum, part) => sum + part.points, 0);
  return levels.reduce((sum, part) => sum + part.level * part.points, 0) / points;
}

/** Nothing gained, and as high as an answer that is the same for every input: ln of a usual number of classes. */
function isAtChance({ level, start }: FlatStretch): boolean {
  return (
    level >= AT_START * start &&
    CLASS_COUNTS.some((classes) => Math.abs(level - Math.log(classes)) <= AT_CHANCE * Math.log(classes))
  );
}

function fewestRows({ signal }: LossLevels, atChance: boolean): number {
  if (signal.series.stepUnit === 'epoch' || signal.series.tag.includes('epoch')) {
    return FEWEST_EPOCHS;
  }
  return atChance ? FEWEST_ROWS_AT_CHANCE : FEWEST_ROWS;
}

/** The training loss stopped early, high up. */
export const plateau: Monitor = {
  id: 'plateau',
  title: 'Plateau',
  symptoms: ['plateau'],
  needs: [['train/loss']],
  uses: ['eval/loss', 'eval/*/loss', 'learning-rate', 'reward'],
  constants: [
    {
      name: 'FLAT',
      value: FLAT,
      meaning: 'relative width of a band in which a loss does not move',
      source: 'measured on public runs',
    },
    {
      name: 'EARLY_SHARE',
      value: EARLY_SHARE,
      meaning: 'share of the rows by which the plateau has begun',
      source: 'a plateau later on is convergence until shown otherwise',
    },
    { name: 'LONG_SHARE', value: LONG_SHARE, meaning: 'share of the rows that it lasts', source: 'chosen' },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'flat rows', source: 'chosen' },
    {
      name: 'FEWEST_ROWS_AT_CHANCE',
      value: FEWEST_ROWS_AT_CHANCE,
      meaning: 'flat rows when the loss is ln of a usual number of classes',
      source: 'chosen: two signs agree',
    },
    { name: 'AT_CHANCE', value: AT_CHANCE, meaning: 'relative distance from that logarithm', source: 'chosen' },
    {
      name: 'NEAR_CHANCE',
      value: NEAR_CHANCE,
      meaning: 'the same for the start of a loss that creeps down from there (10, 100 or 1,000 classes)',
      source: 'chosen: small initial outputs are even; fine-tuning begins anywhere',
    },
    {
      name: 'HARDLY_BETTER',
      value: HARDLY_BETTER,
      meaning: 'share of the loss of guessing above which hardly more than the frequencies of the classes is learned',
      source: 'own runs of dead units creep to 0.94; those that learn are below 0.6',
    },
    {
      name: 'CREEPING',
      value: CREEPING,
      meaning: 'relative width of the band of such a loss, noise included',
      source: 'chosen: batches of 64 at guessing level',
    },
    { name: 'MOST_SHARE', value: MOST_SHARE, meaning: 'share of the rows for which it creeps', source: 'chosen' },
    {
      name: 'AT_START',
      value: AT_START,
      meaning: 'share of the start above which nothing was gained',
      source: 'chosen',
    },
    { name: 'FEWEST_EPOCHS', value: FEWEST_EPOCHS, meaning: 'flat rows where a row is an epoch', source: 'chosen' },
    {
      name: 'STUCK_RATIO',
      value: STUCK_RATIO,
      meaning: 'level as a share of the start above which nothing much was learned',
      source: 'public runs: stuck ones at 0.79 and above, learning ones at 0.5 and below',
    },
    {
      name: 'QUIET',
      value: QUIET,
      meaning: 'relative noise from row to row above which a flat loss may be at its noise floor',
      source: 'chosen: fine-tuning on small batches is noisier',
    },
    {
      name: 'LATE_FALL',
      value: LATE_FALL,
      meaning: 'relative fall from the middle third of the stretch to the last that is a slow start',
      source: 'own runs that are stuck fall by less, or slow down',
    },
    {
      name: 'LATE_FALL_ERRORS',
      value: LATE_FALL_ERRORS,
      meaning: 'the same in standard errors of the mean of a third',
      source: 'four standard deviations',
    },
    {
      name: 'SPEEDING_UP',
      value: SPEEDING_UP,
      meaning: 'the same in units of the fall from the first third to the middle one',
      source: 'chosen: a loss that comes to rest falls less and less',
    },
    {
      name: 'RATE_OFF',
      value: RATE_OFF,
      meaning: 'share of the peak learning rate at which training is over',
      source: 'chosen',
    },
    {
      name: 'EVALUATION_GAIN',
      value: EVALUATION_GAIN,
      meaning: 'fall of the evaluation loss that shows that something is learned',
      source: 'chosen',
    },
  ],
  silences: [
    'Flat tails: convergence, the end of the schedule, the stable phase of warmup-stable-decay.',
    'Losses well below their start: learning has happened.',
    'A slow start: the loss falls faster and faster.',
    'A beginning at the loss of guessing that is over after fewer than 200 rows.',
    'A learning rate that has only risen so far: the warmup is not over.',
    'Noisy losses at their floor (fine-tuning, diffusion).',
    'Reinforcement learning.',
  ],
  papers: [],
  remedy: 'Log the training loss.',
  start: (run) => new PlateauSession(run),
};
