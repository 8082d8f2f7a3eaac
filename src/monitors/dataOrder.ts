import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { commonShape, epochProfiles } from '../signals/epochProfiles.js';
import type { CommonShape, EpochProfile } from '../signals/epochProfiles.js';
import { median } from '../signals/rise.js';
import { learnsFromRewards } from '../signals/trainingContext.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { at, count, percent, quantity } from './words.js';

/** Parts into which an epoch is cut. */
const PARTS = 24;
/** Mean correlation of an epoch's shape with that of the epoch before. */
const SAME_SHAPE = 0.5;
/** Whole epochs after the first: four of them make three comparisons. */
const FEWEST_EPOCHS = 4;
/** Height of the shape as a share of the level, below which it does not matter. */
const HEIGHT = 0.03;

const ABOUT: About = {
  id: 'data-order',
  symptoms: ['data'],
  papers: [],
  remedy: 'Log the training loss several times an epoch, and the epoch beside it.',
};

class DataOrderSession implements MonitorSession {
  private readonly run: ObservedRun;

  constructor(run: ObservedRun) {
    this.run = run;
  }

  /** Everything needed is derived for all monitors already. */
  consume(): void {}

  notEvaluated(): NotEvaluated | undefined {
    if (learnsFromRewards(this.run.signals)) {
      return notEnough(ABOUT, 'a run on fixed data: this one learns from rewards');
    }
    return this.epochs().length >= FEWEST_EPOCHS
      ? undefined
      : notEnough(ABOUT, `at least ${FEWEST_EPOCHS} epochs after the first with ${PARTS} rows of train/loss in each`);
  }

  findings(): readonly Finding[] {
    const training = this.run.derived.trainingCourse;
    if (training === undefined || this.notEvaluated() !== undefined) {
      return [];
    }
    const epochs = this.epochs();
    const shape = commonShape(epochs);
    const level = median(epochs.flatMap(({ parts }) => parts));
    const height = Math.max(...shape.parts) - Math.min(...shape.parts);
    return shape.correlation >= SAME_SHAPE && height >= HEIGHT * Math.abs(level)
      ? [findingOf(training.signal, epochs, shape, level)]
      : [];
  }

  /** The first epoch falls as no other does. */
  private epochs(): readonly EpochProfile[] {
    const { epochs, trainingCourse } = this.run.derived;
    return epochProfiles(trainingCourse?.course.stretches ?? [], epochs, PARTS).slice(1);
  }
}

function findingOf(
  signal: Signal,
  epochs: readonly EpochProfile[],
  { correlation, parts }: CommonShape,
  level: number,
): Finding {
  const height = Math.max(...parts) - Math.min(...parts);
  const highest = parts.indexOf(Math.max(...parts));
  const atEdge = highest === 0 || highest === PARTS - 1;
  const where =
    highest === 0 ? 'at the beginning' : highest === PARTS - 1 ? 'at the end' : `after ${percent(highest / PARTS)}`;
  const [first] = epochs;
  const last = epochs.at(-1);
  const [fromStep, toStep] = [first?.fromStep ?? 0, last?.toStep ?? 0];
  return findingAbout(
    ABOUT,
    signal,
    { fromStep, toStep, open: true },
    {
      confidence: 0.6,
      title: `The training loss runs the same course in every epoch, highest ${where}`,
      explanation:
        `Over ${count(epochs.length)} epochs up to ${at(signal, toStep)}, the loss goes up and down at the same places of each epoch ` +
        `(correlation of one with the next ${quantity(correlation)}, height ${quantity(height)} on a level of ${quantity(level)}). ` +
        (atEdge
          ? 'Something happens where epochs meet: a last batch that is smaller, a state that is reset, data that are not mixed across the edge.'
          : 'The data come in the same order every time: shuffle them anew for each epoch, or the model learns what came last.'),
      otherCauses: [
        'A fixed order on purpose: a curriculum, bucketing by length, data read in sequence from large shards.',
        'A learning rate that follows the epoch (one cycle in each).',
      ],
      evidence: [evidenceNear(signal, toStep, level)],
    },
  );
}

/** Data that come in the same order in each epoch, or trouble where epochs meet. */
export const dataOrder: Monitor = {
  ...ABOUT,
  title: 'The same course in every epoch',
  needs: [['train/loss'], ['epoch']],
  uses: ['reward'],
  constants: [
    { name: 'PARTS', value: PARTS, meaning: 'parts into which an epoch is cut', source: 'chosen' },
    {
      name: 'SAME_SHAPE',
      value: SAME_SHAPE,
      meaning: 'correlation of the epoch’s shape with that of the epoch before, in the median',
      source: 'measured on small runs: shuffled data within ± 0.2, one fixed order above 0.6',
    },
    { name: 'FEWEST_EPOCHS', value: FEWEST_EPOCHS, meaning: 'whole epochs after the first', source: 'chosen' },
    {
      name: 'HEIGHT',
      value: HEIGHT,
      meaning: 'height of the shape as a share of the level',
      source: 'chosen: less does no harm',
    },
  ],
  silences: [
    'Data that are shuffled anew: what is high in one epoch is not in the next.',
    'A loss that falls in steps from epoch to epoch, or bends within each: trend and bend are taken off.',
    'Fewer than four whole epochs after the first.',
    'It is never more than a note: some data have to be read in order.',
  ],
  start: (run) => new DataOrderSession(run),
};
