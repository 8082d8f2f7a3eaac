import type { Finding, NotEvaluated, Paper } from '../model/finding.js';
import { LayerShare } from '../signals/layerShares.js';
import type { LastStretch } from '../signals/lastStretch.js';
import { lossFall, standsStill } from '../signals/lossFall.js';
import { RewardCourse } from '../signals/rewardCourse.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { at, count, listed, percent } from './words.js';

/** A layer of which this share of the units is dormant ... */
const DORMANT_SHARE = 0.5;
/** Layers of which this share of the units is dormant pass nothing on ... */
const DEAD_SHARE = 0.99;
/** ... over this share of the rows, up to the newest. */
const LASTING_SHARE = 0.2;
/** Dormant units more than at the start that are a change; below it they are how this network is. */
const GROWN_SHARE = 0.25;
/** A reward less far on the way from its start to its best has gained nothing. */
const UNREWARDED = 0.2;
/** Rows of a layer before it is judged. */
const FEWEST_ROWS = 10;

interface DormantLayer {
  readonly watch: LayerShare;
  readonly stretch: LastStretch;
}

class DormantUnitsSession implements MonitorSession {
  private readonly run: ObservedRun;
  private readonly reward = new RewardCourse();
  private readonly series = new PerSeries((signal) => new LayerShare(signal));

  constructor(run: ObservedRun) {
    this.run = run;
  }

  consume(sample: Sample): void {
    if (sample.signal.role === 'reward') {
      this.reward.push(sample.step, sample.value);
    } else if (sample.signal.role.startsWith('activation/')) {
      this.series.of(sample).push(sample);
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.judged().length > 0
      ? undefined
      : {
          monitor: 'dormant-units',
          missing: [`activation/*/dormant with at least ${FEWEST_ROWS} rows`],
          remedy: REMEDY,
        };
  }

  findings(): readonly Finding[] {
    const judged = this.judged();
    const dormant = judged.flatMap((watch) => {
      const stretch = watch.stretchAbove(DORMANT_SHARE);
      return stretch !== undefined && stretch.share >= LASTING_SHARE ? [{ watch, stretch }] : [];
    });
    const worst = dormant.toSorted((left, right) => right.stretch.level - left.stretch.level)[0];
    if (worst === undefined) {
      return [];
    }
    const fromStep = Math.min(...dormant.map(({ stretch }) => stretch.fromStep));
    const dead = dormant.filter(({ stretch }) => stretch.level >= DEAD_SHARE);
    const harm =
      dead.length >= judged.length / 2
        ? `${count(dead.length)} layers pass nothing on at all: what the network still learns is what it can say without looking at its inputs.`
        : this.harm(fromStep, worst.stretch.toStep);
    const grown = dormant.some(({ watch, stretch }) => stretch.level - watch.start >= GROWN_SHARE);
    return harm === undefined && !grown ? [] : [findingOf(worst, dormant, judged.length, fromStep, harm)];
  }

  /** What shows that the network suffers, in words; undefined where it learns on, or nothing tells. */
  private harm(fromStep: number, toStep: number): string | undefined {
    if (this.reward.standing(fromStep, toStep) <= UNREWARDED) {
      return 'The reward has gained next to nothing since then.';
    }
    const fall = lossFall(this.run.derived, fromStep);
    return fall !== undefined && standsStill(fall) ? 'The training loss has hardly fallen since then.' : undefined;
  }

  private judged(): readonly LayerShare[] {
    return this.series.all.map(({ watcher }) => watcher).filter(({ points }) => points >= FEWEST_ROWS);
  }
}

function findingOf(
  { watch, stretch }: DormantLayer,
  dormant: readonly DormantLayer[],
  judged: number,
  fromStep: number,
  harm: string | undefined,
): Finding {
  const { signal, start } = watch;
  const layers = dormant.map((layer) => layer.watch.layer);
  return {
    id: `dormant-units:${signal.series.tag}:${fromStep}`,
    monitor: 'dormant-units',
    symptom: 'activations',
    severity: harm === undefined ? 'info' : 'warning',
    confidence: harm === undefined ? 0.4 : 0.75,
    fromStep,
    toStep: stretch.toStep,
    open: true,
    title: `${percent(stretch.level)} of the units in ${watch.layer} are dormant since ${at(signal, stretch.fromStep)}`,
    explanation:
      `In ${count(dormant.length)} of ${count(judged)} layers (${listed(layers)}) at least half of the units answer hardly any input; ` +
      `in ${watch.layer} their share began at ${percent(start)} and is ${percent(stretch.level)} now. ` +
      (harm ??
        'The training goes on learning, or nothing in the log tells whether it does: the width that is left may be enough.'),
    otherCauses: [
      'A step that was too large pushed the biases of these units below zero for all inputs: then the share jumps at a spike of the gradients or a high learning rate.',
      'The first weights or biases were chosen badly: then the share is high from the first row on.',
      'Sparse features: networks with ReLU use few units for each input, and some none at all, and are healthy.',
      'The batch on which the share was measured is small.',
    ],
    evidence: [
      evidenceNear(signal, stretch.toStep, watch.logged(stretch.level), {
        value: watch.logged(start),
        meaning: 'level of the first rows',
      }),
    ],
    papers: PAPERS,
  };
}

const PAPERS: readonly Paper[] = [
  { title: 'The Dormant Neuron Phenomenon in Deep Reinforcement Learning', authors: 'Sokar et al.', year: 2023 },
  {
    title: 'DrM: Mastering Visual Reinforcement Learning through Dormant Ratio Minimization',
    authors: 'Xu et al.',
    year: 2023,
  },
  { title: 'Loss of Plasticity in Deep Continual Learning', authors: 'Dohare et al.', year: 2023 },
];

const REMEDY =
  'Log the share of dormant units of each layer (activation/<layer>/dormant): those whose mean absolute activation is at most 0.025 times the mean of their layer.';

/**
 * Layers whose units have gone quiet. A dormant unit is one whose mean absolute activation over a batch is small
 * against the mean of its layer (ReDo, catalogue 5). Two more definitions are in use: on the output of linear layers
 * (DrM, 70) and by the share of inputs with any activation at all (78); the shares differ, their course does not.
 * A high share is sparsity as long as the network learns; it is an alarm when half a layer is quiet and the loss or
 * the reward stands still with it.
 */
export const dormantUnits: Monitor = {
  id: 'dormant-units',
  title: 'Dormant units',
  symptoms: ['activations'],
  needs: [['activation/*/dormant']],
  uses: ['train/loss', 'reward'],
  constants: [
    {
      name: 'DORMANT_SHARE',
      value: DORMANT_SHARE,
      meaning: 'share of the units of a layer that are dormant',
      source: 'SageMaker Debugger and DeepDiagnosis alarm at 0.5 to 0.7; DrM (catalogue 70) steers towards 0.2',
    },
    {
      name: 'DEAD_SHARE',
      value: DEAD_SHARE,
      meaning: 'share of the units of a layer at which it passes nothing on; a warning when it is half of the layers',
      source:
        'measured: a network with biases of -3 still lowers its loss by a fifth, by the frequencies of the classes',
    },
    {
      name: 'LASTING_SHARE',
      value: LASTING_SHARE,
      meaning: 'share of the rows over which it lasts, up to the newest',
      source: 'chosen: units come back after a step that went too far',
    },
    {
      name: 'GROWN_SHARE',
      value: GROWN_SHARE,
      meaning: 'dormant units more than at the start, as a share, that are worth a note while the network learns',
      source: 'chosen: a constant share is sparsity (catalogue 5, when it must not fire)',
    },
    {
      name: 'UNREWARDED',
      value: UNREWARDED,
      meaning: 'share of the way from its start to its best that the reward has made at most',
      source: 'as for entropy collapse',
    },
    {
      name: 'FEWEST_ROWS',
      value: FEWEST_ROWS,
      meaning: 'rows of a layer before it is judged',
      source: 'chosen: the share at the beginning tells nothing (DrM, catalogue 70)',
    },
  ],
  silences: [
    'A share that is as high from the start while the loss falls: sparsity.',
    'Exact zeros of ReLU layers: most units are zero for most inputs of a healthy network; only units quiet for all inputs count.',
    'A share that rises for some rows and comes back.',
    'While the loss or the reward still improves, a grown share is a note.',
  ],
  papers: PAPERS,
  remedy: REMEDY,
  start: (run) => new DormantUnitsSession(run),
};
