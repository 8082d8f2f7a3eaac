import type { Finding, NotEvaluated } from '../model/finding.js';
import { LayerShare } from '../signals/layerShares.js';
import { lossFall, standsStill } from '../signals/lossFall.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { at, count, listed, percent } from './words.js';

/** A layer of which this share of the activations is saturated ... */
const SATURATED_SHARE = 0.5;
/** ... over this share of the rows, up to the newest. */
const LASTING_SHARE = 0.2;
/** Rows of a layer before it is judged. */
const FEWEST_ROWS = 10;

class SaturationSession implements MonitorSession {
  private readonly run: ObservedRun;
  private readonly series = new PerSeries((signal) => new LayerShare(signal));

  constructor(run: ObservedRun) {
    this.run = run;
  }

  consume(sample: Sample): void {
    if (sample.signal.role !== 'train/loss') {
      this.series.of(sample).push(sample);
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.judged().length > 0
      ? undefined
      : {
          monitor: 'saturation',
          missing: [`activation/*/saturated with at least ${FEWEST_ROWS} rows`],
          remedy: REMEDY,
        };
  }

  findings(): readonly Finding[] {
    const judged = this.judged();
    const saturated = judged
      .flatMap((watch) => {
        const stretch = watch.stretchAbove(SATURATED_SHARE);
        return stretch !== undefined && stretch.share >= LASTING_SHARE ? [{ watch, stretch }] : [];
      })
      .toSorted((left, right) => right.stretch.level - left.stretch.level);
    const [worst] = saturated;
    if (worst === undefined) {
      return [];
    }
    const { watch, stretch } = worst;
    const { signal } = watch;
    const fromStep = Math.min(...saturated.map((layer) => layer.stretch.fromStep));
    const fall = lossFall(this.run.derived, fromStep);
    const stuck = fall !== undefined && standsStill(fall);
    return [
      {
        id: `saturation:${signal.series.tag}:${fromStep}`,
        monitor: 'saturation',
        symptom: 'activations',
        severity: stuck ? 'warning' : 'info',
        confidence: stuck ? 0.75 : 0.4,
        fromStep,
        toStep: stretch.toStep,
        open: true,
        title: `${percent(stretch.level)} of the activations in ${watch.layer} are saturated since ${at(signal, stretch.fromStep)}`,
        explanation:
          `In ${count(saturated.length)} of ${count(judged.length)} layers (${listed(saturated.map((layer) => layer.watch.layer))}) at least half of the activations lie where the function is flat, so that next to no gradient passes through them; ` +
          `in ${watch.layer} their share began at ${percent(watch.start)}. ` +
          (stuck
            ? 'The training loss has hardly fallen since then.'
            : 'The loss goes on falling, or none is logged: gates may be open or shut on purpose.'),
        otherCauses: [
          'Inputs that are not normalised, or first weights that are too large: then the share is high from the first row on.',
          'A learning rate that is too high: the weights have grown.',
          'Gates of recurrent networks, and outputs that have become sure of their answer, saturate in healthy networks.',
        ],
        evidence: [
          evidenceNear(signal, stretch.toStep, watch.logged(stretch.level), {
            value: watch.logged(watch.start),
            meaning: 'level of the first rows',
          }),
        ],
        papers: [],
      },
    ];
  }

  private judged(): readonly LayerShare[] {
    return this.series.all.map(({ watcher }) => watcher).filter(({ points }) => points >= FEWEST_ROWS);
  }
}

const REMEDY =
  'Log the share of saturated activations of each layer with a bounded activation (activation/<layer>/saturated).';

/**
 * Layers whose activations lie where tanh or sigmoid is flat. The share is what the logger says it is; a lasting half of
 * a layer is a note, and a warning once the loss stands still with it.
 */
export const saturation: Monitor = {
  id: 'saturation',
  title: 'Saturated activations',
  symptoms: ['activations'],
  needs: [['activation/*/saturated']],
  uses: ['train/loss'],
  constants: [
    {
      name: 'SATURATED_SHARE',
      value: SATURATED_SHARE,
      meaning: 'share of the activations of a layer that are saturated',
      source: 'SageMaker Debugger and DeepDiagnosis: 0.5',
    },
    {
      name: 'LASTING_SHARE',
      value: LASTING_SHARE,
      meaning: 'share of the rows over which it lasts, up to the newest',
      source: 'chosen',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows of a layer before it is judged', source: 'chosen' },
  ],
  silences: [
    'While the loss falls, saturated layers are a note: gates and confident outputs saturate in healthy networks.',
    'A layer that saturates for some rows and comes back.',
    'Layers without a bounded activation, for which no share is logged.',
  ],
  papers: [],
  remedy: REMEDY,
  start: (run) => new SaturationSession(run),
};
