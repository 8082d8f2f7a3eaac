import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { RollingWindow } from '../signals/rollingWindow.js';
import { Sustained } from '../signals/sustained.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { at, percent, rows } from './words.js';

/** Share of the samples whose loss is exactly zero, in the median of a window. */
const COLLAPSED_SHARE = 0.5;
const WINDOW_ROWS = 20;

const ABOUT: About = {
  id: 'softmax-collapse',
  symptoms: ['precision'],
  papers: [{ title: 'Grokking at the Edge of Numerical Stability', authors: 'Prieto et al.', year: 2025 }],
  remedy: 'Log the share of samples whose cross-entropy is exactly zero (softmax-collapse), as the hook does.',
};

class SoftmaxCollapseSession implements MonitorSession {
  private readonly window = new RollingWindow(WINDOW_ROWS);
  private readonly collapsed = new Sustained<Sample>();
  private signal: Signal | undefined;
  private share = Number.NaN;

  consume(sample: Sample): void {
    this.signal ??= sample.signal;
    if (sample.signal !== this.signal || !Number.isFinite(sample.value)) {
      return;
    }
    this.window.push(sample.value);
    const holds = this.window.length >= WINDOW_ROWS && this.window.median() >= COLLAPSED_SHARE;
    this.collapsed.push(sample, holds);
    this.share = holds ? this.window.median() : this.share;
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.window.length >= WINDOW_ROWS
      ? undefined
      : notEnough(ABOUT, `at least ${WINDOW_ROWS} rows of softmax-collapse`);
  }

  findings(): readonly Finding[] {
    const stretch = this.collapsed.longest;
    const { share, signal } = this;
    if (stretch === undefined || signal === undefined) {
      return [];
    }
    const fromStep = signal.series.stepAt(Math.max(0, stretch.from.index - WINDOW_ROWS + 1));
    return [
      findingAbout(
        ABOUT,
        signal,
        { fromStep, toStep: stretch.last.step, open: this.collapsed.open },
        {
          confidence: 0.6,
          title: `The softmax has collapsed for ${percent(share)} of the samples: their loss is exactly 0`,
          explanation:
            `Since about ${at(signal, fromStep)} the loss of ${percent(share)} of the samples (median of ${rows(WINDOW_ROWS)}) is exactly zero: ` +
            'their logits lie so far apart that the other classes are lost to rounding. These samples teach nothing any more, and a model that has only learned by heart stays that way.',
          otherCauses: [
            'The task is solved: with a good score on held-out data this is a good moment to stop.',
            'The loss is computed in half precision, where a margin of 6 to 8 is enough: compute it in 32 bits.',
          ],
          evidence: [evidenceNear(signal, stretch.last.step, share)],
        },
      ),
    ];
  }
}

/** Losses that are exactly zero because the softmax rounds. */
export const softmaxCollapse: Monitor = {
  ...ABOUT,
  title: 'Softmax collapse',
  needs: [['softmax-collapse']],
  uses: [],
  constants: [
    {
      name: 'COLLAPSED_SHARE',
      value: COLLAPSED_SHARE,
      meaning: 'share of the samples without a loss',
      source: 'chosen; the measure is that of Prieto et al., who give no threshold',
    },
    { name: 'WINDOW_ROWS', value: WINDOW_ROWS, meaning: 'rows of the window', source: 'chosen' },
  ],
  silences: [
    'Easy samples whose loss is zero while half of them still teach.',
    'Single batches of nothing but easy samples.',
    'A loss that is zero for other reasons: the monitor of values that are not numbers knows those.',
  ],
  start: () => new SoftmaxCollapseSession(),
};
