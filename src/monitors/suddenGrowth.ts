import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { RollingWindow } from '../signals/rollingWindow.js';
import { evidenceOf } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { PerSeries } from './perSeries.js';
import { at, count, nameOf, quantity, rows, times } from './words.js';

/** A norm that grows by more than this factor from one row to the next ... */
const STEP_GROWTH = 1.01;
/** ... so many times in a row ... */
const GROWING_ROWS = 6;
/** ... to so many times the highest of the rows before. */
const GROWTH = 3;
/** Rows before whose highest counts; as many are settled before the first judgement. */
const ROWS_BEFORE = 50;

const ABOUT: About = {
  id: 'sudden-growth',
  symptoms: ['gradient-exploding'],
  papers: [
    {
      title: 'Fira: Can We Achieve Full-rank Training of LLMs Under Low-rank Constraint?',
      authors: 'Chen et al.',
      year: 2024,
    },
  ],
  remedy: 'Log the gradient norm of every step, before clipping.',
};

interface Climb {
  readonly from: Sample;
  last: Sample;
  readonly highestBefore: number;
  rows: number;
  /** It has grown far enough to count. */
  counts: boolean;
}

class NormWatch {
  readonly signal: Signal;
  points = 0;
  private readonly before = new RollingWindow(ROWS_BEFORE);
  private previous: Sample | undefined;
  private climb: Climb | undefined;
  private greatest: Climb | undefined;
  private climbs = 0;

  constructor(signal: Signal) {
    this.signal = signal;
  }

  push(sample: Sample): void {
    const { previous } = this;
    if (!(sample.value > 0 && Number.isFinite(sample.value)) || previous?.segment !== sample.segment) {
      this.climb = undefined;
      this.previous = sample.value > 0 ? sample : undefined;
      return;
    }
    this.points++;
    this.previous = sample;
    if (sample.value < STEP_GROWTH * previous.value) {
      this.climb = undefined;
    } else if (this.climb === undefined) {
      this.climb = { from: previous, last: sample, highestBefore: this.before.quantile(1), rows: 1, counts: false };
    } else {
      this.climb.last = sample;
      this.climb.rows++;
      this.judge(this.climb);
    }
    this.before.push(sample.value);
  }

  findings(): readonly Finding[] {
    const { climbs, greatest, signal } = this;
    if (greatest === undefined) {
      return [];
    }
    const { from, highestBefore, last, rows: number } = greatest;
    return [
      findingAbout(
        ABOUT,
        signal,
        { fromStep: from.step, toStep: last.step, open: greatest === this.climb },
        {
          confidence: 0.5,
          title: `Gradient norm grew ${times(last.value / from.value)} within ${rows(number)} up to ${at(signal, last.step)}`,
          explanation:
            `From ${at(signal, from.step)} on the ${nameOf(signal)} grew in each of ${rows(number)}, from ${quantity(from.value)} to ${quantity(last.value)}, ${times(last.value / highestBefore)} the highest of the ${rows(ROWS_BEFORE)} before` +
            `${climbs > 1 ? `; it is the greatest of ${count(climbs)} such climbs` : ''}. ` +
            'A bad batch jumps and falls back; growth row after row feeds on itself, and often ends in a spike. Limiting how fast a norm may grow stops it.',
          otherCauses: [
            'A learning rate or a loss weight that rises over the same rows.',
            'Harder data that set in step by step.',
          ],
          evidence: [
            evidenceOf(signal, last.step, last.value, { value: from.value, meaning: `at ${at(signal, from.step)}` }),
          ],
        },
      ),
    ];
  }

  private judge(climb: Climb): void {
    const { from, highestBefore, last, rows: number } = climb;
    const settled = this.points > ROWS_BEFORE;
    if (!settled || number < GROWING_ROWS || last.value < GROWTH * Math.max(from.value, highestBefore)) {
      return;
    }
    this.climbs += climb.counts ? 0 : 1;
    climb.counts = true;
    const size = ({ from: start, last: end }: Climb): number => end.value / start.value;
    if (this.greatest === undefined || size(climb) >= size(this.greatest)) {
      this.greatest = climb;
    }
  }
}

class SuddenGrowthSession implements MonitorSession {
  private readonly series = new PerSeries((signal) => new NormWatch(signal));

  consume(sample: Sample): void {
    this.series.of(sample).push(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.series.all.some(({ watcher }) => watcher.points > ROWS_BEFORE)
      ? undefined
      : notEnough(ABOUT, `more than ${ROWS_BEFORE} rows of gradient-norm`);
  }

  findings(): readonly Finding[] {
    return this.series.all.flatMap(({ watcher }) => watcher.findings());
  }
}

/** A gradient norm that grows row after row. */
export const suddenGrowth: Monitor = {
  ...ABOUT,
  title: 'Sudden growth of the gradient',
  needs: [['gradient-norm']],
  uses: [],
  constants: [
    {
      name: 'STEP_GROWTH',
      value: STEP_GROWTH,
      meaning: 'growth from one row to the next',
      source: 'code of Fira: its norm-growth limiter holds a tensor to 1.01',
    },
    {
      name: 'GROWING_ROWS',
      value: GROWING_ROWS,
      meaning: 'rows in a row that grow',
      source: 'of 7 independent values one order in 5,040',
    },
    {
      name: 'GROWTH',
      value: GROWTH,
      meaning: 'times the highest of the rows before',
      source: 'chosen: mini-batch norms vary by twice from row to row',
    },
    { name: 'ROWS_BEFORE', value: ROWS_BEFORE, meaning: 'rows before whose highest is passed', source: 'chosen' },
  ],
  silences: [
    'A jump from one row to the next: that is a spike.',
    'Growth that only makes up for a dip before.',
    'The first rows, in which norms find their level.',
    'It is never more than a note: most such growth stops by itself.',
  ],
  start: () => new SuddenGrowthSession(),
};
