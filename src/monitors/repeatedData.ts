import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { commonShape, epochProfiles } from '../signals/epochProfiles.js';
import type { EpochProfile } from '../signals/epochProfiles.js';
import { median } from '../signals/rise.js';
import { learnsFromRewards } from '../signals/trainingContext.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { at, count, percent, quantity } from './words.js';

/** Parts into which an epoch is cut. */
const PARTS = 8;
/** Fall of the loss from the last part of an epoch to the first of the next, as a share of the level ... */
const STEP = 0.05;
/** ... in standard deviations of the parts within an epoch about their trend ... */
const STEP_SIGMAS = 3;
/** ... and as a share of what the loss fell by from the middle of one epoch to that of the next. */
const STEP_SHARE = 0.6;
/** Epochs whose course is correlated by more than this with that of the one before step by their order. */
const SAME_SHAPE = 0.5;
/** Edges between epochs, from the first on, all of which have to show it. */
const FEWEST_EDGES = 2;

const ABOUT: About = {
  id: 'repeated-data',
  symptoms: ['overfitting'],
  papers: [
    { title: 'Pre-training under infinite compute', authors: 'Kim et al.', year: 2025 },
    { title: 'Scaling Data-Constrained Language Models', authors: 'Muennighoff et al.', year: 2023 },
  ],
  remedy: 'Log the training loss several times an epoch, and the epoch beside it.',
};

/** Where two epochs meet. */
interface Edge {
  readonly step: number;
  readonly toStep: number;
  readonly before: number;
  readonly after: number;
  readonly clear: boolean;
}

function edgeBetween(left: EpochProfile, right: EpochProfile): Edge {
  const before = left.parts.at(-1) ?? Number.NaN;
  const after = right.parts[0] ?? Number.NaN;
  const bends = [...secondDifferences(left.parts), ...secondDifferences(right.parts)];
  // √6 standard deviations make one second difference of independent values.
  const noise = Math.sqrt(bends.reduce((sum, bend) => sum + bend * bend, 0) / bends.length / 6);
  const drop = before - after;
  const between = median(left.parts) - median(right.parts);
  const clear = drop >= STEP * Math.abs(before) && drop >= STEP_SIGMAS * noise && drop >= STEP_SHARE * between;
  return { step: right.fromStep, toStep: right.toStep, before, after, clear };
}

function secondDifferences(values: readonly number[]): readonly number[] {
  return values.slice(2).map((value, index) => value - 2 * (values[index + 1] ?? 0) + (values[index] ?? 0));
}

class RepeatedDataSession implements MonitorSession {
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
    return this.edges().length >= FEWEST_EDGES
      ? undefined
      : notEnough(ABOUT, `at least ${FEWEST_EDGES + 1} whole epochs with ${PARTS} rows of train/loss in each`);
  }

  findings(): readonly Finding[] {
    const training = this.run.derived.trainingCourse;
    const edges = this.edges();
    // Later on everything is known by heart and the steps flatten: the first ones tell.
    const first = edges.slice(0, FEWEST_EDGES);
    if (
      training === undefined ||
      this.notEvaluated() !== undefined ||
      !first.every(({ clear }) => clear) ||
      this.sameOrder()
    ) {
      return [];
    }
    return [
      findingOf(
        training.signal,
        edges.filter(({ clear }) => clear),
      ),
    ];
  }

  /** Sorted data step where the easy end meets the hard beginning. */
  private sameOrder(): boolean {
    return commonShape(this.profiles()).correlation > SAME_SHAPE;
  }

  private profiles(): readonly EpochProfile[] {
    const { epochs, trainingCourse } = this.run.derived;
    return epochProfiles(trainingCourse?.course.stretches ?? [], epochs, PARTS);
  }

  private edges(): readonly Edge[] {
    const profiles = this.profiles();
    return profiles.slice(1).flatMap((right, index) => {
      const left = profiles[index];
      return left !== undefined && right.epoch === left.epoch + 1 ? [edgeBetween(left, right)] : [];
    });
  }
}

function findingOf(signal: Signal, edges: readonly Edge[]): Finding {
  const [first] = edges;
  const last = edges.at(-1);
  const fromStep = first?.step ?? Number.NaN;
  const [before, after] = [first?.before ?? Number.NaN, first?.after ?? Number.NaN];
  return findingAbout(
    ABOUT,
    signal,
    { fromStep, toStep: last?.toStep ?? fromStep, open: false },
    {
      confidence: 0.6,
      title: `The training loss steps down where epochs meet: by ${percent(1 - after / before)} near ${at(signal, fromStep)}`,
      explanation:
        `At the edges of ${count(edges.length)} epochs the training loss falls at once, the first time from about ${quantity(before)} to about ${quantity(after)} near ${at(signal, fromStep)}, and hardly within the epochs. ` +
        'That is the look of data that are seen again: the model recognises examples of the epoch before. From here on the training loss says little; go by the loss on held-out data.',
      otherCauses: [
        'Fine-tuning for a few epochs looks like this and may be fine as long as the held-out loss falls.',
        'A learning rate that is lowered at the end of every epoch.',
      ],
      evidence: [
        evidenceNear(signal, fromStep, after, { value: before, meaning: 'level at the end of the epoch before' }),
      ],
    },
  );
}

/** A staircase in the training loss: the model recognises what it has seen. */
export const repeatedData: Monitor = {
  ...ABOUT,
  title: 'Repeated data are recognised',
  needs: [['train/loss'], ['epoch']],
  uses: ['reward'],
  constants: [
    { name: 'PARTS', value: PARTS, meaning: 'parts into which an epoch is cut', source: 'chosen' },
    { name: 'STEP', value: STEP, meaning: 'relative fall of the loss where epochs meet', source: 'chosen' },
    {
      name: 'STEP_SIGMAS',
      value: STEP_SIGMAS,
      meaning: 'the same in standard deviations of the parts of an epoch',
      source: 'chosen',
    },
    {
      name: 'STEP_SHARE',
      value: STEP_SHARE,
      meaning: 'the same as a share of the fall from one epoch to the next',
      source: 'chosen: an even fall has an eighth of it there',
    },
    {
      name: 'FEWEST_EDGES',
      value: FEWEST_EDGES,
      meaning: 'edges in a row, from the first on, that show it',
      source: 'chosen',
    },
  ],
  silences: [
    'A loss that falls evenly through the epochs.',
    'Noise that is as large as the steps.',
    'Data in the same order every time: their hard and their easy end meet at the edge.',
    'It is never more than a note: whether it does harm is for the held-out loss to say.',
  ],
  start: (run) => new RepeatedDataSession(run),
};
