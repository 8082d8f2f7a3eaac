import type { Evidence, Finding } from '../model/finding.js';
import type { Series } from '../model/series.js';
import type { Signal } from '../model/signal.js';
import { isEvaluationLoss } from '../signals/derivedQuantities.js';
import { LastValues } from '../signals/lastValues.js';
import { learnsFromRewards } from '../signals/trainingContext.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { at, count, listed, nameFirst, nameOf, quantity, rows } from './words.js';

/** Rows of zeros in a row that are no accident. */
const ZERO_ROWS = 3;
/** Rows of zeros from the first row on, or between other values, that count. */
const NEVER_ROWS = 10;
/** A loss that fell this low before it became 0.0 was rounded, not lost. */
const ROUNDED_LOSS = 0.01;
/** Rows at the end of a gradient-norm series that are not numbers before it counts as lost. */
const LOST_GRADIENT_ROWS = 3;
/** Rows of an evaluation loss that are not numbers before they count as lost while the training loss is fine. */
const LOST_EVALUATION_ROWS = 2;
/** With fewer evaluations than this nothing is known of how often they are made. */
const FEW_EVALUATIONS = 5;
/** Stretches of NaN between numbers from which on they look like rows that were never measured. */
const INTERLEAVED_STRETCHES = 3;
/** How much longer than any gap before the last NaN stretch must be to count as the end. */
const GAP_FACTOR = 3;

/** Rows of a number of unknown meaning that were all finite before one that is not is news. */
const FINITE_ROWS_BEFORE = 20;

/** A stretch of consecutive rows that are not numbers (or, for {@link SeriesWatch.zeros}, exactly zero). */
interface Stretch {
  fromStep: number;
  toStep: number;
  points: number;
  value: number;
}

/** What is remembered of one series: its first, longest and last stretch, and how many there were. */
class SeriesWatch {
  readonly signal: Signal;
  points = 0;
  finite = 0;
  lastStep = 0;
  lastFinite = Number.NaN;
  lastFiniteStep = Number.NaN;
  stretches = 0;
  nonFinitePoints = 0;
  firstStretch: Stretch | undefined;
  lastStretch: Stretch | undefined;
  /** Longest stretch before the last, since the last restart. */
  longestBefore = 0;
  zeros: { stretch: Stretch; usual: number; lowest: number } | undefined;
  private zeroRun: { stretch: Stretch; usual: number; lowest: number } | undefined;
  private readonly recent = new LastValues(20);
  private inStretch = false;
  private segment = 0;
  /** No stretch since the last restart. */
  private restarted = false;

  constructor(signal: Signal) {
    this.signal = signal;
  }

  push({ step, value, segment }: Sample): void {
    if (segment !== this.segment) {
      this.segment = segment;
      this.inStretch = false;
      this.longestBefore = 0;
      this.restarted = true;
    }
    this.points++;
    this.lastStep = step;
    if (Number.isFinite(value)) {
      this.inStretch = false;
      this.finite++;
      this.watchZeros(step, value);
      this.lastFinite = value;
      this.lastFiniteStep = step;
      return;
    }
    this.nonFinitePoints++;
    if (this.inStretch && this.lastStretch !== undefined) {
      this.lastStretch.toStep = step;
      this.lastStretch.points++;
      return;
    }
    this.longestBefore = this.restarted ? 0 : Math.max(this.longestBefore, this.lastStretch?.points ?? 0);
    this.restarted = false;
    this.lastStretch = { fromStep: step, toStep: step, points: 1, value };
    this.firstStretch ??= this.lastStretch;
    this.stretches++;
    this.inStretch = true;
  }

  /** The series ends in values that are not numbers. */
  get atEnd(): boolean {
    return this.inStretch;
  }

  private watchZeros(step: number, value: number): void {
    if (value !== 0) {
      this.zeroRun = undefined;
      this.recent.push(value);
      return;
    }
    if (this.zeroRun === undefined) {
      this.zeroRun = {
        stretch: { fromStep: step, toStep: step, points: 1, value },
        usual: this.recent.median(),
        lowest: this.recent.lowest(),
      };
    } else {
      this.zeroRun.stretch.toStep = step;
      this.zeroRun.stretch.points++;
    }
    if (this.zeroRun.stretch.points >= ZERO_ROWS && this.zeroRun.stretch.points > (this.zeros?.stretch.points ?? 0)) {
      this.zeros = this.zeroRun;
    }
  }
}

/** Since when a series whose meaning is not known has not been a number. */
interface Turned {
  readonly signal: Signal;
  /** Index of the row. */
  readonly row: number;
}

class NonFiniteSession implements MonitorSession {
  private readonly run: ObservedRun;
  private readonly series = new PerSeries((signal) => new SeriesWatch(signal));
  /** By the ordinal of the signal: its first row that is not a number. Sought once, where there is one. */
  private readonly firstNonFinite = new Map<number, number>();

  constructor(run: ObservedRun) {
    this.run = run;
  }

  consume(sample: Sample): void {
    this.series.of(sample).push(sample);
  }

  notEvaluated(): undefined {
    return undefined;
  }

  findings(): readonly Finding[] {
    const losses = this.watches((role) => role === 'train/loss');
    const evals = this.watches(isEvaluationLoss);
    const gradients = this.watches((role) => role === 'gradient-norm' || role === 'gradient-norm/clipped');
    const lostLosses =
      [losses, this.watches(isLossOfPlayer)].map((watches) => watches.filter(isLost)).find(isSome) ?? [];
    if (lostLosses.length > 0) {
      return [this.lossFinding(lostLosses, [...evals, ...gradients])];
    }
    const trainFinding = [
      ...this.disguised(losses, gradients, evals),
      ...this.passing(losses),
      ...this.lostGradients(losses, gradients),
    ];
    const known = trainFinding.length > 0 ? trainFinding : evals.flatMap((watch) => this.evalFinding(watch, losses));
    return known.length > 0 ? known : this.unknownFinding();
  }

  /** Numbers of unknown meaning that have always been finite until a row: a note, for only their author knows. */
  private unknownFinding(): Finding[] {
    const turned = this.run.signals.flatMap((signal) => this.turnedOf(signal));
    const [first] = turned.toSorted((left, right) => stepOf(left) - stepOf(right));
    if (first === undefined) {
      return [];
    }
    const { series, role } = first.signal;
    const [step, value] = [stepOf(first), series.valueAt(first.row)];
    const others = turned.filter((other) => other !== first).map(({ signal }) => signal.series.tag);
    return [
      {
        id: `non-finite:${series.tag}:${series.rank ?? 0}:${step}`,
        monitor: 'non-finite',
        symptom: 'non-finite',
        severity: 'info',
        confidence: 0.5,
        fromStep: step,
        toStep: series.nonFinite === 1 ? step : series.stepAt(series.length - 1),
        open: endsInNonFinite(series),
        title: `${series.tag} ${endsInNonFinite(series) ? 'is' : 'was'} ${quantity(value)} in ${rows(series.nonFinite)}`,
        explanation:
          `The ${rows(first.row)} of ${series.tag} before ${at(first.signal, step)} are all numbers, and that one is ${quantity(value)}` +
          `${series.nonFinite === 1 ? '' : `; it is not a number in ${rows(series.nonFinite)} in all`}.` +
          (others.length === 0 ? '' : ` So are, later or at once: ${listed(others)}.`),
        otherCauses: [
          'It is not defined for this row: a share of nothing, a measure of a class that did not occur.',
          'A term of the loss that is left out where it is not a number.',
        ],
        evidence: [{ role, tag: series.tag, ...(series.rank === undefined ? {} : { rank: series.rank }), step, value }],
        papers: [],
      },
    ];
  }

  private turnedOf(signal: Signal): Turned[] {
    const { role, series } = signal;
    if (role !== 'other' || series.nonFinite === 0) {
      return [];
    }
    const row = this.firstNonFinite.get(signal.ordinal) ?? indexOfFirstNonFinite(series);
    this.firstNonFinite.set(signal.ordinal, row);
    const isGap = series.nonFinite > series.length / 4 && series.nonFinite < series.length - row;
    return row >= FINITE_ROWS_BEFORE && !isGap ? [{ signal, row }] : [];
  }

  private watches(fits: (role: string) => boolean): SeriesWatch[] {
    return this.series.withRole(fits).map(({ watcher }) => watcher);
  }

  /** The training loss ends in NaN. */
  private lossFinding(lost: readonly SeriesWatch[], company: readonly SeriesWatch[]): Finding {
    const main = lost.reduce((best, watch) => (watch.points > best.points ? watch : best));
    const stretch = tail(main);
    const others = [...lost.filter((watch) => watch !== main), ...company].filter((watch) => watch.nonFinitePoints > 0);
    const before = Number.isNaN(main.lastFinite)
      ? `The log holds no ${nameOf(main.signal)} that is a number: ${rows(main.points)} of ${quantity(stretch.value)}.`
      : `The ${nameOf(main.signal)} was ${quantity(main.lastFinite)} at ${at(main.signal, main.lastFiniteStep)}, became ` +
        `${quantity(stretch.value)} at ${at(main.signal, stretch.fromStep)} and has not been a number since ` +
        `(${rows(stretch.points)}).`;
    return {
      ...this.common(main, 'non-finite', stretch),
      severity: 'error',
      confidence: main.finite === 0 ? 0.95 : 0.99,
      open: true,
      title: `${nameFirst(main.signal)} is ${quantity(stretch.value)} since ${at(main.signal, stretch.fromStep)}`,
      explanation: `${before}${this.alsoLost(main)} Every step since then has been wasted: weights that are not numbers stay so.`,
      otherCauses: [
        'One bad batch (an empty target, a division by zero, a logarithm of zero): the same batch fails again after a restart.',
        'Overflow of half precision: the gradient norm or the loss scale shows it, and bfloat16 does not.',
      ],
      evidence: [
        evidenceOf(main, stretch),
        ...others.slice(0, 3).map((watch) => evidenceOf(watch, watch.firstStretch ?? stretch)),
      ],
    };
  }

  private alsoLost(main: SeriesWatch): string {
    const names = this.run.signals
      .filter(({ series }) => series !== main.signal.series && endsInNonFinite(series))
      .map(({ series }) => series.tag);
    const shown = names.slice(0, 4).join(', ');
    return names.length === 0
      ? ''
      : ` Not numbers either: ${shown}${names.length > 4 ? ` and ${names.length - 4} more` : ''}.`;
  }

  /** Loss exactly 0.0 in company that a real loss never keeps. */
  private disguised(
    losses: readonly SeriesWatch[],
    gradients: readonly SeriesWatch[],
    evals: readonly SeriesWatch[],
  ): Finding[] {
    if (learnsFromRewards(this.run.signals)) {
      return [];
    }
    for (const loss of losses) {
      const { zeros } = loss;
      if (zeros === undefined) {
        continue;
      }
      const witness = [...gradients, ...evals].find(
        (watch) => watch.nonFinitePoints > 0 && (watch.lastStretch?.toStep ?? -Infinity) >= zeros.stretch.fromStep,
      );
      const abrupt = zeros.usual >= ROUNDED_LOSS && zeros.lowest >= ROUNDED_LOSS;
      const never = Number.isNaN(zeros.usual) && zeros.stretch.points >= NEVER_ROWS;
      const lasts = zeros.stretch.toStep === loss.lastStep || zeros.stretch.points >= NEVER_ROWS;
      if (witness === undefined && !(lasts && (abrupt || never))) {
        continue;
      }
      return [this.zeroFinding(loss, zeros.stretch, zeros.usual, witness)];
    }
    return [];
  }

  private zeroFinding(loss: SeriesWatch, zeros: Stretch, usual: number, witness: SeriesWatch | undefined): Finding {
    const going = zeros.toStep === loss.lastStep;
    const before = Number.isNaN(usual) ? '' : ` after values around ${quantity(usual)}`;
    const seen =
      witness === undefined
        ? ''
        : ` while the ${nameOf(witness.signal)} is ${quantity(witness.lastStretch?.value ?? Number.NaN)}. Some trainers ` +
          'log 0.0 (or a mean) in place of a loss that is NaN';
    return {
      ...this.common(loss, witness === undefined ? 'loss-zero' : 'non-finite', zeros),
      severity: 'error',
      confidence: witness === undefined ? 0.85 : 0.95,
      open: going,
      title:
        witness === undefined
          ? `Training loss is exactly 0 since ${at(loss.signal, zeros.fromStep)}`
          : `Training loss is NaN in disguise since ${at(loss.signal, zeros.fromStep)}`,
      explanation:
        `The training loss is logged as exactly 0.0 from ${at(loss.signal, zeros.fromStep)} on (${rows(zeros.points)})${before}${seen}. ` +
        'A loss does not fall to zero from one row to the next by learning.',
      otherCauses: [
        'All targets are masked out in these batches, so that there is nothing to learn from.',
        'The model has memorised its data and the log rounds; then the rows before would approach zero.',
      ],
      evidence: [
        {
          ...evidenceOf(loss, zeros),
          ...(Number.isNaN(usual) ? {} : { baseline: usual, baselineMeaning: 'median of the 20 rows before' }),
        },
        ...(witness?.lastStretch === undefined ? [] : [evidenceOf(witness, witness.lastStretch)]),
      ],
    };
  }

  /** Rows of the training loss that were not numbers, followed by numbers again. */
  private passing(losses: readonly SeriesWatch[]): Finding[] {
    return losses
      .filter((watch) => watch.nonFinitePoints > 0 && !looksUnmeasured(watch))
      .slice(0, 1)
      .map((watch) => {
        const first = watch.firstStretch as Stretch;
        const last = watch.lastStretch as Stretch;
        const where =
          first === last
            ? `at ${at(watch.signal, first.fromStep)}`
            : `between ${at(watch.signal, first.fromStep)} and ${count(last.toStep)}`;
        return {
          ...this.common(watch, 'non-finite', { ...first, toStep: last.toStep }),
          severity: 'warning' as const,
          confidence: 0.8,
          open: watch.atEnd,
          title: `Training loss was ${quantity(first.value)} in ${rows(watch.nonFinitePoints)}`,
          explanation:
            `${rows(watch.nonFinitePoints)} of the training loss ${watch.nonFinitePoints === 1 ? 'is' : 'are'} ` +
            `${quantity(first.value)}, ${where}; the loss is a number again afterwards ` +
            `(${quantity(watch.lastFinite)} at ${at(watch.signal, watch.lastFiniteStep)}).`,
          otherCauses: ['A loss scaler skipped these steps: then the weights were not touched and nothing is lost.'],
          evidence: [evidenceOf(watch, first)],
        };
      });
  }

  /** The gradient norm is not a number: at the end for good, or here and there. */
  private lostGradients(losses: readonly SeriesWatch[], gradients: readonly SeriesWatch[]): Finding[] {
    return gradients
      .filter(
        (watch) =>
          watch.nonFinitePoints > 0 &&
          !(watch.finite === 0 && losses.some(({ finite }) => finite > 0) && watch.points < LOST_GRADIENT_ROWS),
      )
      .slice(0, 1)
      .map((watch) => {
        const stretch = tail(watch);
        const lost =
          watch.atEnd && stretch.points >= LOST_GRADIENT_ROWS && stretch.points > GAP_FACTOR * watch.longestBefore;
        const first = watch.firstStretch as Stretch;
        return lost ? this.gradientLost(watch, stretch) : this.gradientOverflow(watch, first);
      });
  }

  private gradientLost(watch: SeriesWatch, stretch: Stretch): Finding {
    return {
      ...this.common(watch, 'non-finite', stretch),
      severity: 'error',
      confidence: 0.9,
      open: true,
      title: `Gradient norm is ${quantity(stretch.value)} since ${at(watch.signal, stretch.fromStep)}`,
      explanation:
        `The last ${rows(stretch.points)} of the gradient norm, from ${at(watch.signal, stretch.fromStep)} on, are not numbers` +
        `${Number.isNaN(watch.lastFinite) ? '' : ` (${quantity(watch.lastFinite)} before)`}. A loss that still looks normal ` +
        'beside it is not to be trusted: some trainers put a mean in place of a NaN.',
      otherCauses: [
        'The loss scaler is still searching for its scale and skips every step: then the weights do not move at all.',
      ],
      evidence: [evidenceOf(watch, stretch)],
    };
  }

  private gradientOverflow(watch: SeriesWatch, first: Stretch): Finding {
    const last = watch.lastStretch ?? first;
    return {
      ...this.common(watch, 'non-finite', { ...first, toStep: last.toStep }),
      severity: 'info',
      confidence: 0.6,
      open: watch.atEnd,
      title: `Gradient norm was not a number in ${rows(watch.nonFinitePoints)}`,
      explanation:
        `The gradient norm was ${quantity(first.value)} at ${at(watch.signal, first.fromStep)}` +
        `${watch.nonFinitePoints > 1 ? `, and not a number in ${rows(watch.nonFinitePoints)} in all, up to ${at(watch.signal, last.toStep)}` : ''}. ` +
        'The loss stayed a number.',
      otherCauses: [
        'With half precision and a loss scaler this is routine: the step is skipped and the scale lowered.',
      ],
      evidence: [evidenceOf(watch, first)],
    };
  }

  private evalFinding(watch: SeriesWatch, losses: readonly SeriesWatch[]): Finding[] {
    if (!isLost(watch)) {
      return [];
    }
    const stretch = tail(watch);
    const trains = losses.some(({ finite }) => finite > 0);
    if (
      trains &&
      watch.finite > 0 &&
      stretch.points < (watch.finite < FEW_EVALUATIONS ? NEVER_ROWS : LOST_EVALUATION_ROWS)
    ) {
      return [];
    }
    const neverMeasured = watch.finite === 0 && trains;
    return [
      {
        ...this.common(watch, 'non-finite', stretch),
        severity: neverMeasured ? ('info' as const) : ('error' as const),
        confidence: neverMeasured ? 0.5 : 0.9,
        open: true,
        title: `${nameFirst(watch.signal)} is ${quantity(stretch.value)} since ${at(watch.signal, stretch.fromStep)}`,
        explanation: neverMeasured
          ? `The log holds no ${nameOf(watch.signal)} that is a number, while the training loss is one. Perhaps it was never computed.`
          : `The ${nameOf(watch.signal)} was ${Number.isNaN(watch.lastFinite) ? 'never a number' : `${quantity(watch.lastFinite)} at ${at(watch.signal, watch.lastFiniteStep)}`} ` +
            `and is ${quantity(stretch.value)} since ${at(watch.signal, stretch.fromStep)} (${rows(stretch.points)}).`,
        otherCauses: [
          'The evaluation data hold an example without a target, or the evaluation runs in a lower precision.',
        ],
        evidence: [evidenceOf(watch, stretch)],
      },
    ];
  }

  private common(watch: SeriesWatch, symptom: 'non-finite' | 'loss-zero', stretch: Stretch) {
    const { series } = watch.signal;
    return {
      id: `non-finite:${series.tag}:${series.rank ?? 0}:${stretch.fromStep}`,
      monitor: 'non-finite',
      symptom,
      fromStep: stretch.fromStep,
      toStep: stretch.toStep,
      papers: [],
    } as const;
  }
}

/** Actors and critics, generators and discriminators: their losses stand for the run where one of them is lost. */
function isLossOfPlayer(role: string): boolean {
  return PLAYERS.some((player) => role === player);
}

const PLAYERS = ['loss/actor', 'loss/critic', 'loss/discriminator', 'loss/generator'] as const;

function isSome(watches: readonly SeriesWatch[]): boolean {
  return watches.length > 0;
}

function endsInNonFinite(series: Series): boolean {
  return series.nonFinite > 0 && !Number.isFinite(series.valueAt(series.length - 1));
}

function indexOfFirstNonFinite(series: Series): number {
  let row = 0;
  while (row < series.length && Number.isFinite(series.valueAt(row))) {
    row++;
  }
  return row;
}

function stepOf({ signal, row }: Turned): number {
  return signal.series.stepAt(row);
}

/** The stretch at the end of the series. */
function tail(watch: SeriesWatch): Stretch {
  return watch.lastStretch as Stretch;
}

/** Ends in NaN, and not as one more gap of a column that is filled only now and then. */
function isLost(watch: SeriesWatch): boolean {
  return watch.atEnd && tail(watch).points > GAP_FACTOR * watch.longestBefore;
}

/** NaN and numbers take turns: a table in which every row has every column, measured or not. */
function looksUnmeasured(watch: SeriesWatch): boolean {
  return watch.stretches >= INTERLEAVED_STRETCHES && watch.nonFinitePoints > watch.points / 4;
}

function evidenceOf(watch: SeriesWatch, stretch: Stretch): Evidence {
  const { role, series } = watch.signal;
  return {
    role,
    tag: series.tag,
    ...(series.rank === undefined ? {} : { rank: series.rank }),
    step: stretch.fromStep,
    value: stretch.value,
  };
}

/** Losses and gradient norms that are not numbers, also where a trainer's filter hides them. */
export const nonFinite: Monitor = {
  id: 'non-finite',
  title: 'Values that are not numbers',
  symptoms: ['non-finite', 'loss-zero'],
  needs: [['train/loss', 'eval/loss', 'eval/*/loss', 'gradient-norm', ...PLAYERS]],
  uses: ['gradient-norm/clipped', 'loss-scale', 'reward'],
  constants: [
    {
      name: 'ZERO_ROWS',
      value: ZERO_ROWS,
      meaning: 'rows of exactly 0.0 in a row that are no accident',
      source: 'chosen: one or two may be empty batches',
    },
    {
      name: 'NEVER_ROWS',
      value: NEVER_ROWS,
      meaning: 'rows of zeros that count when the loss was never anything else, or became something else again',
      source: 'chosen',
    },
    {
      name: 'ROUNDED_LOSS',
      value: ROUNDED_LOSS,
      meaning: 'a loss below this may round to 0.0 in a log of four digits',
      source: 'logs print four digits; two of them are margin',
    },
    {
      name: 'LOST_GRADIENT_ROWS',
      value: LOST_GRADIENT_ROWS,
      meaning: 'rows of gradient norm that are not numbers, up to the newest, before it counts as lost',
      source: 'a loss scaler recovers within two or three steps once its scale fits',
    },
    {
      name: 'LOST_EVALUATION_ROWS',
      value: LOST_EVALUATION_ROWS,
      meaning: 'rows of evaluation loss that are not numbers before it counts as lost while the training loss is fine',
      source: 'chosen: a table may hold NaN where nothing was evaluated',
    },
    {
      name: 'FINITE_ROWS_BEFORE',
      value: FINITE_ROWS_BEFORE,
      meaning: 'rows of a number of unknown meaning, all finite, before one that is not is worth a note',
      source: 'chosen: what is undefined now and then in health mostly is so early',
    },
    {
      name: 'INTERLEAVED_STRETCHES',
      value: INTERLEAVED_STRETCHES,
      meaning: 'stretches of NaN between numbers from which on they look like rows never measured',
      source: 'logs written as one table for training and evaluation',
    },
    {
      name: 'GAP_FACTOR',
      value: GAP_FACTOR,
      meaning: 'how much longer than any gap before the last stretch must be to count as the end',
      source: 'as above',
    },
  ],
  silences: [
    'A loss of 0 in reinforcement learning: group-relative objectives are 0 by construction.',
    'A loss that approached 0 before it was logged as 0.0: the log rounds.',
    'Gradient norms that are not numbers for a step or two: a loss scaler at work (a note, not a warning).',
    'Numbers of unknown meaning that are not finite now and then from early on; after many that are, a note.',
    'A column in which NaN and numbers take turns: rows on which it was not measured.',
  ],
  papers: [],
  remedy: 'Log the training loss.',
  start: (run) => new NonFiniteSession(run),
};
