import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { evidenceOf } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { at, quantity, rows, times } from './words.js';

/** A scale at or below this guards nothing any more. */
const FLOOR = 1;
/** ... and below this, frameworks give up. */
const GIVE_UP = 1e-4;
/** It has to have been this high before: a scale of 1 from the start is switched off. */
const GUARDING = 16;
/** A scale that held for so many rows was the right one. */
const SETTLED_ROWS = 20;
/** Halvings below it without one growth that are more than backing off. */
const MOST_HALVINGS = 6;

class ScaleWatch {
  readonly signal: Signal;
  points = 0;
  private newest: Sample | undefined;
  /** Rows with the newest value. */
  private held = 0;
  private highest = 0;
  /** The last scale that held, and the first row below it since the scale last grew. */
  private settled = Number.NaN;
  private fall: { readonly from: Sample; readonly settled: number } | undefined;
  private collapse: { readonly from: Sample; readonly before: number } | undefined;

  constructor(signal: Signal) {
    this.signal = signal;
  }

  push(sample: Sample): void {
    const { value } = sample;
    if (!Number.isFinite(value) || value <= 0) {
      return;
    }
    const before = this.newest?.value ?? value;
    this.points++;
    this.held = value === before ? this.held + 1 : 1;
    this.highest = Math.max(this.highest, value);
    if (value > before) {
      this.fall = undefined;
    } else if (value < before) {
      this.fall ??= Number.isFinite(this.settled) ? { from: sample, settled: this.settled } : undefined;
    }
    this.judge(sample);
    if (this.held >= SETTLED_ROWS && value > FLOOR) {
      this.settled = value;
      this.fall = undefined;
    }
    this.newest = sample;
  }

  findings(): readonly Finding[] {
    const { collapse, newest, signal } = this;
    if (collapse === undefined || newest === undefined) {
      return [];
    }
    const { from, before } = collapse;
    const { value } = newest;
    const atFloor = value <= FLOOR;
    return [
      {
        id: `loss-scale:${signal.series.tag}:${signal.series.rank ?? 0}:${from.segment}:${from.step}`,
        monitor: 'loss-scale',
        symptom: 'precision',
        severity: value < GIVE_UP ? 'error' : 'warning',
        confidence: atFloor ? 0.9 : 0.75,
        fromStep: from.step,
        toStep: newest.step,
        open: true,
        title: `Loss scale collapsed from ${quantity(before)} to ${quantity(value)} since ${at(signal, from.step)}`,
        explanation:
          `The loss scale was ${quantity(before)} and has been cut ${times(before / value)} since ${at(signal, from.step)} without growing again. ` +
          'Each cut stands for a step whose gradients were not finite and which was skipped. ' +
          (atFloor
            ? 'At this scale small gradients are lost in half precision, and the overflow does not come from the scale.'
            : 'So many in a row are no longer the scaler finding its level.'),
        otherCauses: [
          'The gradients hold NaN whatever the scale: look at the loss and the gradient norm of the same steps.',
          'A single broken batch that is fed again and again.',
        ],
        evidence: [evidenceOf(signal, newest.step, value, { value: before, meaning: 'scale that held before' })],
        papers: [{ title: 'Mixed Precision Training', authors: 'Micikevicius et al.', year: 2018 }],
      },
    ];
  }

  private judge(sample: Sample): void {
    const { value } = sample;
    const guarded = this.highest >= GUARDING;
    const cut = this.fall === undefined ? 1 : this.fall.settled / value;
    if (this.collapse === undefined && guarded && (value <= FLOOR || cut >= 2 ** MOST_HALVINGS)) {
      this.collapse = { from: this.fall?.from ?? sample, before: this.fall?.settled ?? this.highest };
    } else if (
      this.collapse !== undefined &&
      value > FLOOR &&
      value >= this.collapse.before / 2 ** (MOST_HALVINGS - 1)
    ) {
      this.collapse = undefined;
    }
  }
}

class LossScaleSession implements MonitorSession {
  private readonly series = new PerSeries((signal) => new ScaleWatch(signal));

  consume(sample: Sample): void {
    this.series.of(sample).push(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.series.all.some(({ watcher }) => watcher.points >= SETTLED_ROWS)
      ? undefined
      : {
          monitor: 'loss-scale',
          missing: [`at least ${rows(SETTLED_ROWS)} of loss-scale`],
          remedy: 'Log the scale in every row (torch.amp.GradScaler.get_scale()).',
        };
  }

  findings(): readonly Finding[] {
    return this.series.all.flatMap(({ watcher }) => watcher.findings());
  }
}

/** Half-precision training whose loss scaler has run out of room. */
export const lossScale: Monitor = {
  id: 'loss-scale',
  title: 'Loss scale collapsed',
  symptoms: ['precision'],
  needs: [['loss-scale']],
  uses: [],
  constants: [
    { name: 'FLOOR', value: FLOOR, meaning: 'scale that guards nothing', source: "DeepSpeed's and Megatron's least" },
    { name: 'GIVE_UP', value: GIVE_UP, meaning: 'scale at which it is an error', source: "fairseq's min_loss_scale" },
    {
      name: 'GUARDING',
      value: GUARDING,
      meaning: 'scale that must have been reached before',
      source: 'chosen: runs in bfloat16 log a constant 1',
    },
    {
      name: 'SETTLED_ROWS',
      value: SETTLED_ROWS,
      meaning: 'rows for which a scale has to hold to count as settled',
      source: 'chosen: scalers begin at 2^16 to 2^32 and search downward first',
    },
    {
      name: 'MOST_HALVINGS',
      value: MOST_HALVINGS,
      meaning: 'halvings below the settled scale',
      source: 'chosen: healthy scalers halve once or twice and grow again after 2,000 steps',
    },
  ],
  silences: [
    'The search for the right scale in the first rows.',
    'Backing off once or a few times, and growing again.',
    'A constant scale, 1 included: static scaling or bfloat16.',
    'A scale that has come back.',
  ],
  papers: [],
  remedy: 'Log the loss scale (torch.amp.GradScaler.get_scale()) where you train in half precision.',
  start: () => new LossScaleSession(),
};
