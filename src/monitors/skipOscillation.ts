import type { Finding, NotEvaluated, Paper } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import { activationOf } from '../signals/layerNames.js';
import { median } from '../signals/rise.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { count, listed, percent } from './words.js';

/** Mean change from row to row, as a share of the size, above which features swing. */
const SWING = 0.3;
/** Times the swing on the way down that the way up has: what differs are the skip connections. */
const AGAINST_ENCODER = 3;
/** Rows of a layer before it is judged. */
const FEWEST_ROWS = 40;

/** The way up, where skip connections join, and the way down, under the names of U-Net codebases. */
const UP = /(^|[./_])(up_?blocks?|ups?|output_blocks|out_blocks|dec(oder)?|skips?)([./_\d]|$)/i;
const DOWN = /(^|[./_])(down_?blocks?|downs?|input_blocks|in_blocks|enc(oder)?)([./_\d]|$)/i;

class FeatureWatch extends FiniteLevels {
  readonly layer: string;

  constructor(signal: Signal) {
    super(signal, 64);
    this.layer = activationOf(signal.role).layer;
  }

  /** Change from row to row as a share of the size, in the third and in the last quarter. */
  get swings(): readonly [number, number] {
    const { levels } = this.history;
    const half = levels.length >> 1;
    const middle = (half + levels.length) >> 1;
    return [swingOf(levels.slice(half, middle)), swingOf(levels.slice(middle))];
  }
}

function swingOf(levels: readonly { readonly level: number; readonly roughness: number }[]): number {
  return median(levels.map(({ roughness }) => roughness)) / median(levels.map(({ level }) => Math.abs(level)));
}

class SkipOscillationSession implements MonitorSession {
  private readonly series = new PerSeries((signal) =>
    [UP, DOWN].some((side) => side.test(activationOf(signal.role).layer)) ? new FeatureWatch(signal) : undefined,
  );

  consume(sample: Sample): void {
    this.series.of(sample)?.push(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.judged(UP).length > 0 && this.judged(DOWN).length > 0
      ? undefined
      : {
          monitor: 'skip-oscillation',
          missing: [`activations of both ways of a U-Net over ${FEWEST_ROWS} rows`],
          remedy: REMEDY,
        };
  }

  findings(): readonly Finding[] {
    const up = this.judged(UP);
    const down = this.judged(DOWN);
    const usual = median(down.map(({ swings }) => Math.max(...swings)));
    const bound = Math.max(SWING, AGAINST_ENCODER * usual);
    const swinging = up.filter(({ swings }) => swings.every((swing) => swing >= bound));
    const worst = swinging.toSorted((left, right) => right.swings[1] - left.swings[1])[0];
    if (worst === undefined || swinging.length <= up.length / 2) {
      return [];
    }
    const { signal, history, swings } = worst;
    const { levels } = history;
    const fromStep = levels[levels.length >> 1]?.fromStep ?? 0;
    const toStep = levels.at(-1)?.toStep ?? fromStep;
    return [
      {
        id: `skip-oscillation:${signal.series.tag}:${fromStep}`,
        monitor: 'skip-oscillation',
        symptom: 'oscillation',
        severity: 'info',
        confidence: 0.4,
        fromStep,
        toStep,
        open: true,
        title: `Features on the way up of the U-Net swing by ${percent(swings[1])} from row to row`,
        explanation:
          `In ${count(swinging.length)} of ${count(up.length)} layers on the way up (${listed(swinging.map(({ layer }) => layer))}) the size of the features changes by ${percent(bound)} and more from one row to the next over the second half of the run; on the way down it changes by ${percent(usual)}. ` +
          'Long skip connections of full strength let the features of the decoder, and with them its gradients, swing.',
        otherCauses: [
          'Small batches: with few noise levels in a batch the features differ from batch to batch, on the way down as well.',
          'The learning rate is too high.',
        ],
        evidence: [evidenceNear(signal, toStep, levels.at(-1)?.level ?? Number.NaN)],
        papers: PAPERS,
      },
    ];
  }

  private judged(side: RegExp): readonly FeatureWatch[] {
    return this.series.all.flatMap(({ watcher }) =>
      watcher !== undefined && watcher.points >= FEWEST_ROWS && side.test(watcher.layer) ? [watcher] : [],
    );
  }
}

const PAPERS: readonly Paper[] = [
  {
    title: 'ScaleLong: Towards More Stable Training of Diffusion Model via Scaling Network Long Skip Connection',
    authors: 'Huang et al.',
    year: 2023,
  },
];

const REMEDY =
  'For a U-Net, log the size of the activations of its blocks under their names (activation/up_blocks.0/rms).';

/**
 * Decoders of U-Nets whose features swing because long skip connections join at full strength (catalogue 290). The way
 * down of the same network is the measure of what batches alone do; no bound is published, so that it is a note.
 */
export const skipOscillation: Monitor = {
  id: 'skip-oscillation',
  title: 'Swinging features behind skip connections',
  symptoms: ['oscillation'],
  needs: [['activation/*/rms', 'activation/*/std', 'activation/*/norm']],
  uses: [],
  constants: [
    {
      name: 'SWING',
      value: SWING,
      meaning: 'mean change from row to row as a share of the size, in each quarter of the second half',
      source: 'chosen: ScaleLong (catalogue 290) shows swinging features without a bound',
    },
    {
      name: 'AGAINST_ENCODER',
      value: AGAINST_ENCODER,
      meaning: 'times the change on the way down of the same network',
      source: 'chosen: what batches do shows on both ways',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows of a layer before it is judged', source: 'chosen' },
  ],
  silences: [
    'Networks whose layers do not name a way up and a way down.',
    'Features that differ from batch to batch on both ways.',
    'Swings in the first half of the run.',
  ],
  papers: PAPERS,
  remedy: REMEDY,
  start: () => new SkipOscillationSession(),
};
