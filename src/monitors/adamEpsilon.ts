import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { RollingWindow } from '../signals/rollingWindow.js';
import { Sustained } from '../signals/sustained.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { PerSeries } from './perSeries.js';
import { at, count, percent, quantity, rows } from './words.js';

/** Gradients smaller than Adam's epsilon: the ratio of their root mean square to it. */
const AT_EPSILON = 1;
const WINDOW_ROWS = 20;
/** Share of the tensors from which on it is more than a note. */
const WARNING_SHARE = 0.5;

const ABOUT: About = {
  id: 'adam-epsilon',
  symptoms: ['precision'],
  papers: [
    {
      title: 'Small-scale proxies for large-scale Transformer training instabilities',
      authors: 'Wortsman et al.',
      year: 2024,
    },
    { title: 'Adam: A Method for Stochastic Optimization', authors: 'Kingma and Ba', year: 2015 },
  ],
  remedy:
    'Log each tensor’s gradient root mean square over Adam’s epsilon (moment/<tensor>/rms-over-epsilon), as the hook does.',
};

class TensorWatch {
  readonly signal: Signal;
  readonly small = new Sustained<Sample>();
  private readonly window = new RollingWindow(WINDOW_ROWS);

  constructor(signal: Signal) {
    this.signal = signal;
  }

  get judged(): boolean {
    return this.window.length >= WINDOW_ROWS;
  }

  get ratio(): number {
    return this.window.median();
  }

  push(sample: Sample): void {
    if (Number.isFinite(sample.value)) {
      this.window.push(sample.value);
      this.small.push(sample, this.judged && this.ratio < AT_EPSILON);
    }
  }
}

class AdamEpsilonSession implements MonitorSession {
  private readonly series = new PerSeries((signal) => new TensorWatch(signal));

  consume(sample: Sample): void {
    if (sample.signal.role.endsWith('/rms-over-epsilon')) {
      this.series.of(sample).push(sample);
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.series.all.some(({ watcher }) => watcher.judged)
      ? undefined
      : notEnough(ABOUT, `at least ${WINDOW_ROWS} rows of moment/<tensor>/rms-over-epsilon`);
  }

  findings(): readonly Finding[] {
    const all = this.series.all.map(({ watcher }) => watcher).filter((watcher) => watcher.judged);
    const small = all.filter(({ small: now }) => now.open).toSorted((left, right) => left.ratio - right.ratio);
    const [worst] = small;
    const stretch = worst?.small.longest;
    if (worst === undefined || stretch === undefined) {
      return [];
    }
    const { ratio, signal } = worst;
    const fromStep = signal.series.stepAt(Math.max(0, stretch.from.index - WINDOW_ROWS + 1));
    const name = signal.role.slice('moment/'.length, -'/rms-over-epsilon'.length);
    return [
      findingAbout(
        ABOUT,
        signal,
        { fromStep, toStep: stretch.last.step, open: true },
        {
          severity: small.length >= WARNING_SHARE * all.length ? 'warning' : 'info',
          confidence: 0.7,
          title: `Gradients of ${count(small.length)} of ${count(all.length)} tensors are smaller than Adam’s epsilon`,
          explanation:
            `Since about ${at(signal, fromStep)} the gradient of ${name} is ${quantity(ratio)} times epsilon in its root mean square (median of ${rows(WINDOW_ROWS)}). ` +
            'Adam divides by the root of its second moment plus epsilon: below epsilon the step shrinks with the gradient, and updates die out. A smaller epsilon (1e-15 in the paper) restores them.',
          otherCauses: [
            'Tensors that hardly take part: embeddings of rare tokens, experts without traffic.',
            'A loss that is averaged over very many terms: scaling the loss up would do as well.',
          ],
          evidence: [
            evidenceNear(signal, stretch.last.step, ratio, { value: AT_EPSILON, meaning: 'as large as epsilon' }),
          ],
        },
      ),
    ];
  }
}

/** Gradients so small that Adam's epsilon decides the step. */
export const adamEpsilon: Monitor = {
  ...ABOUT,
  title: 'Gradients at Adam’s epsilon',
  needs: [['moment/*/*']],
  uses: [],
  constants: [
    {
      name: 'AT_EPSILON',
      value: AT_EPSILON,
      meaning: 'gradient root mean square over epsilon below which epsilon halves the step or more',
      source: 'from the update of Adam; seen to kill updates by Wortsman et al.',
    },
    { name: 'WINDOW_ROWS', value: WINDOW_ROWS, meaning: 'rows of the window', source: 'chosen' },
    {
      name: 'WARNING_SHARE',
      value: WARNING_SHARE,
      meaning: `share of the tensors that is worth a look (${percent(WARNING_SHARE)})`,
      source: 'chosen',
    },
  ],
  silences: [
    'Gradients above epsilon, however small.',
    'A few rows below it.',
    'Tensors that have come back above it.',
  ],
  start: () => new AdamEpsilonSession(),
};
