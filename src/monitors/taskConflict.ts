import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { RollingWindow } from '../signals/rollingWindow.js';
import { Sustained } from '../signals/sustained.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { PerSeries } from './perSeries.js';
import { at, percent, quantity, rows } from './words.js';

/** Tasks conflict when their gradients point apart in this share of the rows ... */
const CONFLICT_SHARE = 0.75;
/** ... and by this much in the median. */
const CONFLICT_COSINE = -0.1;
const WINDOW_ROWS = 100;

const ABOUT: About = {
  id: 'task-conflict',
  symptoms: ['other'],
  papers: [
    { title: 'Gradient Surgery for Multi-Task Learning', authors: 'Yu et al.', year: 2020 },
    { title: 'Careful with that Scalpel: Improving Gradient Surgery with an EMA', authors: 'Hsieh et al.', year: 2024 },
    {
      title: 'Proactive Gradient Conflict Mitigation in Multi-Task Learning: A Sparse Training Perspective',
      authors: 'Zhang et al.',
      year: 2024,
    },
  ],
  remedy: 'Log the cosine between the gradients of two tasks (gradient-cosine/segmentation-depth).',
};

class CosineWatch {
  readonly signal: Signal;
  readonly conflict = new Sustained<Sample>();
  private readonly window = new RollingWindow(WINDOW_ROWS);
  private median = Number.NaN;

  constructor(signal: Signal) {
    this.signal = signal;
  }

  get judged(): boolean {
    return this.window.length >= WINDOW_ROWS;
  }

  push(sample: Sample): void {
    if (!Number.isFinite(sample.value)) {
      return;
    }
    this.window.push(sample.value);
    const median = this.window.median();
    const holds = this.judged && this.window.quantile(CONFLICT_SHARE) < 0 && median <= CONFLICT_COSINE;
    this.conflict.push(sample, holds);
    this.median = holds ? median : this.median;
  }

  findings(): readonly Finding[] {
    const { conflict, median, signal } = this;
    const stretch = conflict.longest;
    if (stretch === undefined) {
      return [];
    }
    const { from, last } = stretch;
    const fromStep = signal.series.stepAt(Math.max(0, from.index - WINDOW_ROWS + 1));
    const tasks = signal.role.split('/').slice(1).join('/');
    return [
      findingAbout(
        ABOUT,
        signal,
        { fromStep, toStep: last.step, open: conflict.open },
        {
          confidence: 0.6,
          title: `The gradients of two tasks${tasks === '' ? '' : ` (${tasks})`} point apart: cosine ${quantity(median)}`,
          explanation:
            `From ${at(signal, fromStep)} to ${at(signal, last.step)} the cosine between their gradients was below zero in more than ${percent(CONFLICT_SHARE)} of any ${rows(WINDOW_ROWS)}; ` +
            `its median is ${quantity(median)} by now. What one task learns, the other one loses: weights of the losses, more shared capacity or projected gradients can help.`,
          otherCauses: [
            'One task is done: its small gradient is mostly noise and may point anywhere. Look at its loss.',
            'An auxiliary loss that is meant to hold back (weight penalties, KL terms).',
          ],
          evidence: [evidenceNear(signal, last.step, median)],
        },
      ),
    ];
  }
}

class TaskConflictSession implements MonitorSession {
  private readonly series = new PerSeries((signal) => new CosineWatch(signal));

  consume(sample: Sample): void {
    this.series.of(sample).push(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.series.all.some(({ watcher }) => watcher.judged)
      ? undefined
      : notEnough(ABOUT, `at least ${WINDOW_ROWS} rows of gradient-cosine`);
  }

  findings(): readonly Finding[] {
    return this.series.all.flatMap(({ watcher }) => watcher.findings());
  }
}

/** Tasks whose gradients work against each other. */
export const taskConflict: Monitor = {
  ...ABOUT,
  title: 'Tasks that work against each other',
  needs: [['gradient-cosine', 'gradient-cosine/*']],
  uses: [],
  constants: [
    {
      name: 'CONFLICT_SHARE',
      value: CONFLICT_SHARE,
      meaning: 'share of the rows with a cosine below zero',
      source:
        'a cosine below zero is the conflict of Yu et al.; by chance half of the rows are, and 75 of 100 are five standard deviations more',
    },
    {
      name: 'CONFLICT_COSINE',
      value: CONFLICT_COSINE,
      meaning: 'median of the cosine',
      source: 'chosen: gradients in many dimensions are nearly orthogonal',
    },
    {
      name: 'WINDOW_ROWS',
      value: WINDOW_ROWS,
      meaning: 'rows that are judged together',
      source: 'chosen: single batches disagree by chance (Hsieh et al., Zhang et al.)',
    },
  ],
  silences: [
    'Single batches on which the tasks disagree.',
    'Gradients that are nearly orthogonal, on whichever side.',
    'It is never more than a note: tasks may share what they can and still disagree.',
  ],
  start: () => new TaskConflictSession(),
};
