import type { Finding, NotEvaluated } from '../model/finding.js';
import type { RunConfiguration } from '../model/run.js';
import type { Signal } from '../model/signal.js';
import { isTrainingLoss } from '../signals/derivedQuantities.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import type { Level } from '../signals/levelHistory.js';
import { levelAtSteps } from '../signals/levelShares.js';
import type { LossLevels } from '../signals/lossLevels.js';
import { learnsFromRewards } from '../signals/trainingContext.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { PerSeries } from './perSeries.js';
import { at, count, percent, quantity, rows } from './words.js';

/** Relative distance from ln C within which a loss is that of guessing. */
const AT_CHANCE = 0.015;
/** Relative distance of the accuracy from 1 / C. */
const ACCURACY_AT_CHANCE = 0.15;
/** How long, as a share of the rows and in rows; where a row is an epoch, a tenth of these. */
const LONG_SHARE = 0.3;
const FEWEST_ROWS = 100;
/** Share of the levels since then that have to be there. */
const MOSTLY = 0.9;
/** Most classes that are guessed from the loss and the accuracy alone: logarithms lie closer and closer. */
const MOST_CLASSES = 1000;

const ABOUT: About = {
  id: 'stuck-at-uniform',
  symptoms: ['plateau'],
  papers: [],
  remedy:
    'Log the training loss with the accuracy beside it, or the number of classes in the configuration (num_classes).',
};

const CLASSES_KEY = /(^|[/._-])(num_classes|n_classes|num_labels|nb_classes|num_class|vocab_size)$/i;

function configuredClasses(configuration: RunConfiguration): readonly number[] {
  return Object.entries(configuration).flatMap(([key, value]) =>
    CLASSES_KEY.test(key) && typeof value === 'number' && Number.isInteger(value) && value >= 2 ? [value] : [],
  );
}

/** Since when the loss has been that of guessing among so many classes. */
interface Stuck {
  readonly loss: LossLevels;
  readonly classes: number;
  readonly fromStep: number;
  readonly toStep: number;
  readonly points: number;
  readonly accuracy: { readonly signal: Signal; readonly level: number } | undefined;
}

class StuckAtUniformSession implements MonitorSession {
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
    if (learnsFromRewards(this.run.signals)) {
      return notEnough(ABOUT, 'a run of supervised learning: this one learns from rewards');
    }
    if (configuredClasses(this.run.configuration).length === 0 && this.accuracies.all.length === 0) {
      return notEnough(ABOUT, 'an accuracy beside the loss, or the number of classes');
    }
    const [loss] = this.run.derived.losses(isTrainingLoss);
    return loss !== undefined && loss.points >= fewestRows(loss)
      ? undefined
      : notEnough(ABOUT, `at least ${FEWEST_ROWS} rows of train/loss, or ${FEWEST_ROWS / 10} epochs`);
  }

  findings(): readonly Finding[] {
    const [loss] = this.run.derived.losses(isTrainingLoss);
    if (loss === undefined || this.notEvaluated() !== undefined || this.warmsUp()) {
      return [];
    }
    const stuck = this.stuck(loss);
    return stuck === undefined ? [] : [findingOf(stuck)];
  }

  private stuck(loss: LossLevels): Stuck | undefined {
    const now = loss.levels.at(-1)?.level ?? Number.NaN;
    const nearest = Math.round(Math.exp(now));
    const known = configuredClasses(this.run.configuration);
    const guessed = known.length === 0 && nearest >= 2 && nearest <= MOST_CLASSES ? [nearest] : [];
    for (const classes of [...known, ...guessed]) {
      const chance = Math.log(classes);
      const part = longestEndingNow(loss.levels, ({ level }) => Math.abs(level - chance) <= AT_CHANCE * chance);
      const points = part.reduce((sum, level) => sum + level.points, 0);
      const [fromStep, toStep] = [part[0]?.fromStep ?? Number.NaN, part.at(-1)?.toStep ?? Number.NaN];
      const accuracy = this.accuracyBetween(fromStep, toStep, 1 / classes);
      const agrees = accuracy === undefined ? known.length > 0 : accuracy.fits;
      if (points >= Math.max(fewestRows(loss), LONG_SHARE * loss.points) && agrees) {
        return { loss, classes, fromStep, toStep, points, accuracy };
      }
    }
    return undefined;
  }

  /** The accuracy over the same steps, and whether it is that of guessing. */
  private accuracyBetween(
    fromStep: number,
    toStep: number,
    chance: number,
  ): { readonly signal: Signal; readonly level: number; readonly fits: boolean } | undefined {
    const [found] = this.accuracies.withRole((role) => role === 'train/accuracy' || role === 'eval/accuracy');
    const level = found === undefined ? Number.NaN : levelAtSteps(found.watcher.history.levels, fromStep, toStep);
    if (found === undefined || Number.isNaN(level)) {
      return undefined;
    }
    const share = level > 1 ? level / 100 : level;
    return { signal: found.signal, level, fits: Math.abs(share - chance) <= ACCURACY_AT_CHANCE * chance };
  }

  /** The rate is still on its way up: nothing is stuck yet. */
  private warmsUp(): boolean {
    return this.run.derived.learningRate?.rises === true;
  }
}

/** The longest part up to the newest level in which all but a few hold. */
function longestEndingNow(levels: readonly Level[], holds: (level: Level) => boolean): readonly Level[] {
  let from = levels.length;
  let holding = 0;
  for (let index = levels.length - 1; index >= 0; index--) {
    const level = levels[index];
    const fits = level !== undefined && holds(level);
    holding += fits ? 1 : 0;
    if (fits && holding >= MOSTLY * (levels.length - index)) {
      from = index;
    }
  }
  return levels.slice(from);
}

function fewestRows({ signal }: LossLevels): number {
  return signal.series.stepUnit === 'epoch' || signal.series.tag.includes('epoch') ? FEWEST_ROWS / 10 : FEWEST_ROWS;
}

function findingOf({ accuracy, classes, fromStep, loss, points, toStep }: Stuck): Finding {
  const { signal } = loss;
  const chance = Math.log(classes);
  return findingAbout(
    ABOUT,
    signal,
    { fromStep, toStep, open: true },
    {
      severity: 'warning',
      confidence: accuracy === undefined ? 0.7 : 0.85,
      title: `Training loss is that of guessing among ${count(classes)} classes: ln ${count(classes)} = ${quantity(chance)}`,
      explanation:
        `For ${rows(points)}, since ${at(signal, fromStep)}, the training loss has mostly stayed within ${percent(AT_CHANCE)} of ${quantity(chance)}, the loss of an answer that gives every class the same chance` +
        `${accuracy === undefined ? '' : `; the accuracy, ${quantity(accuracy.level)}, says the same`}. ` +
        'The model does not look at its input: gradients that do not reach it, units that died in the first steps (a learning rate too high), inputs that are constant, or labels that do not belong to them.',
      otherCauses: [
        'Labels that cannot be told from the inputs (shuffled, random).',
        'The first stretch of a task that is hard to begin.',
      ],
      evidence: [
        evidenceNear(signal, toStep, chance, { value: chance, meaning: `ln ${classes}` }),
        ...(accuracy === undefined ? [] : [evidenceNear(accuracy.signal, toStep, accuracy.level)]),
      ],
    },
  );
}

/** A loss that stands at the logarithm of the number of classes. */
export const stuckAtUniform: Monitor = {
  ...ABOUT,
  title: 'Stuck at guessing',
  needs: [['train/loss']],
  uses: ['train/accuracy', 'eval/accuracy', 'learning-rate', 'learning-rate/*', 'reward'],
  constants: [
    {
      name: 'AT_CHANCE',
      value: AT_CHANCE,
      meaning: 'relative distance of the loss from ln C',
      source: 'chosen: as the plateau monitor',
    },
    {
      name: 'ACCURACY_AT_CHANCE',
      value: ACCURACY_AT_CHANCE,
      meaning: 'relative distance of the accuracy from 1 / C',
      source: 'chosen: classes are not quite equal',
    },
    { name: 'LONG_SHARE', value: LONG_SHARE, meaning: 'share of the rows', source: 'as the plateau monitor' },
    {
      name: 'FEWEST_ROWS',
      value: FEWEST_ROWS,
      meaning: 'rows; a tenth of it where a row is an epoch',
      source: 'chosen',
    },
    {
      name: 'MOST_CLASSES',
      value: MOST_CLASSES,
      meaning: 'classes that are guessed from the loss and the accuracy',
      source: 'chosen: beyond, every loss lies near some logarithm',
    },
  ],
  silences: [
    'The first rows, and a learning rate that is still on its way up.',
    'A loss near such a logarithm by chance: the accuracy says otherwise.',
    'A loss that has left it, however late.',
    'Reinforcement learning.',
  ],
  start: (run) => new StuckAtUniformSession(run),
};
