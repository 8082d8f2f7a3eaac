import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { evidenceOf } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { PerSeries } from './perSeries.js';
import { at, count, rows } from './words.js';

/** Rows of nothing but zeros from the first one on. Branches that begin at zero wake after the first step. */
const DEAD_ROWS = 20;

const ABOUT: About = {
  id: 'dead-gradients',
  symptoms: ['gradient-vanishing'],
  papers: [
    {
      title: 'Fixup Initialization: Residual Learning Without Normalization',
      authors: 'Zhang et al.',
      year: 2019,
    },
  ],
  remedy: 'Log the gradient norm of each tensor under its name.',
};

class TensorWatch {
  readonly signal: Signal;
  /** Rows so far, as long as all of them are zero. */
  zeros = 0;
  rows = 0;
  first: Sample | undefined;
  last: Sample | undefined;

  constructor(signal: Signal) {
    this.signal = signal;
  }

  get dead(): boolean {
    return this.rows >= DEAD_ROWS && this.zeros === this.rows;
  }

  push(sample: Sample): void {
    this.first ??= sample;
    this.last = sample;
    this.rows++;
    this.zeros += sample.value === 0 ? 1 : 0;
  }
}

class DeadGradientsSession implements MonitorSession {
  private readonly series = new PerSeries((signal) => new TensorWatch(signal));

  consume(sample: Sample): void {
    this.series.of(sample).push(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    const watchers = this.series.all.map(({ watcher }) => watcher);
    if (watchers.length > 0 && watchers.every(({ rows: number, zeros }) => zeros === number)) {
      return notEnough(ABOUT, 'a tensor whose gradient is not zero: all are, which says nothing of single ones');
    }
    return watchers.some(({ rows: number }) => number >= DEAD_ROWS)
      ? undefined
      : notEnough(ABOUT, `at least ${DEAD_ROWS} rows of gradient-norm for each tensor`);
  }

  findings(): readonly Finding[] {
    if (this.notEvaluated() !== undefined) {
      return [];
    }
    const dead = this.series.all.map(({ watcher }) => watcher).filter((watcher) => watcher.dead);
    const [one] = dead;
    const [from, last] = [one?.first, one?.last];
    if (one === undefined || from === undefined || last === undefined) {
      return [];
    }
    const names = dead.map(({ signal }) => signal.role.slice('gradient-norm/'.length));
    const shown = names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${count(names.length - 3)} more` : '');
    return [
      findingAbout(
        ABOUT,
        one.signal,
        { fromStep: from.step, toStep: last.step, open: true },
        {
          confidence: 0.7,
          title: `No gradient has reached ${names.length === 1 ? shown : `${count(names.length)} of ${count(this.series.all.length)} tensors`} so far`,
          explanation:
            `The gradient norm of ${shown} is exactly 0 in all ${rows(one.rows)} since ${at(one.signal, from.step)}, while others learn. ` +
            'These weights are not trained: the path to them is cut (detach, no_grad, an argmax), their units are dead, or nothing uses them.',
          otherCauses: [
            'Frozen on purpose and logged all the same.',
            'Parts that are rarely used: experts, heads of other tasks, embeddings of rare tokens.',
          ],
          evidence: [evidenceOf(one.signal, last.step, last.value)],
        },
      ),
    ];
  }
}

/** Tensors that have never had a gradient. */
export const deadGradients: Monitor = {
  ...ABOUT,
  title: 'Tensors that no gradient reaches',
  needs: [['gradient-norm/*']],
  uses: [],
  constants: [
    {
      name: 'DEAD_ROWS',
      value: DEAD_ROWS,
      meaning: 'rows of zeros from the first one on',
      source:
        'branches that begin at zero (Fixup) and LoRA’s A have a gradient of 0 in the first step only; the rest is margin',
    },
  ],
  silences: [
    'Residual branches, LoRA adapters and gates that are zero at first: their gradients are 0 in the first step and wake with the second.',
    'Tensors that had a gradient once: those that vanish are for the trend of the gradient.',
    'When all gradients are zero: that is no matter of single tensors.',
    'It is never more than a note: tensors are frozen on purpose.',
  ],
  start: () => new DeadGradientsSession(),
};
