import type { Finding, NotEvaluated } from '../model/finding.js';
import { RollingWindow } from '../signals/rollingWindow.js';
import { Sustained } from '../signals/sustained.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { at, quantity, rows, times } from './words.js';

/** A gradient below this many times the noise of its quantisation no longer trains: √3. */
const FLOOR_RATIO = Math.sqrt(3);
const WINDOW_ROWS = 50;

const ABOUT: About = {
  id: 'gradient-floor',
  symptoms: ['precision'],
  papers: [{ title: 'FP4 All the Way: Fully Quantized Training of LLMs', authors: 'Chmiel et al.', year: 2025 }],
  remedy:
    'In quantised training, log the norm of the quantisation noise (quantisation-noise: ‖Q(g) − g‖) beside the gradient norm.',
};

class GradientFloorSession implements MonitorSession {
  private readonly window = new RollingWindow(WINDOW_ROWS);
  private readonly below = new Sustained<Sample>();
  private norm: Sample | undefined;
  private noise: Sample | undefined;
  private ratio = Number.NaN;

  consume(sample: Sample): void {
    const which = sample.signal.role === 'quantisation-noise' ? 'noise' : 'norm';
    if (sample.signal !== (this[which]?.signal ?? sample.signal) || !Number.isFinite(sample.value)) {
      return;
    }
    this[which] = sample;
    const { noise, norm } = this;
    if (noise === undefined || norm === undefined || noise.step !== norm.step || noise.value <= 0) {
      return;
    }
    this.window.push(norm.value / noise.value);
    const median = this.window.median();
    const holds = this.window.length >= WINDOW_ROWS && median < FLOOR_RATIO;
    this.below.push(norm, holds);
    this.ratio = holds ? median : this.ratio;
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.window.length >= WINDOW_ROWS
      ? undefined
      : notEnough(ABOUT, `at least ${WINDOW_ROWS} rows that hold both gradient-norm and quantisation-noise`);
  }

  findings(): readonly Finding[] {
    const stretch = this.below.longest;
    const { noise, norm, ratio } = this;
    if (stretch === undefined || noise === undefined || norm === undefined) {
      return [];
    }
    const { signal } = norm;
    const fromStep = signal.series.stepAt(Math.max(0, stretch.from.index - WINDOW_ROWS + 1));
    return [
      findingAbout(
        ABOUT,
        signal,
        { fromStep, toStep: stretch.last.step, open: this.below.open },
        {
          confidence: 0.6,
          title: `The gradient is only ${times(ratio)} the noise of its quantisation`,
          explanation:
            `Since about ${at(signal, fromStep)} the gradient norm is ${quantity(ratio)} times the norm of what quantisation adds to it (median of ${rows(WINDOW_ROWS)}). ` +
            'Below √3 low-precision training has been found to stop gaining; finishing in a higher precision gains again.',
          otherCauses: ['The two are measured differently: per element against a norm, or of different tensors.'],
          evidence: [
            evidenceNear(signal, stretch.last.step, norm.value),
            evidenceNear(noise.signal, stretch.last.step, noise.value),
          ],
        },
      ),
    ];
  }
}

/** Quantised training whose gradient drowns in rounding. */
export const gradientFloor: Monitor = {
  ...ABOUT,
  title: 'The gradient drowns in quantisation noise',
  needs: [['gradient-norm'], ['quantisation-noise']],
  uses: [],
  constants: [
    {
      name: 'FLOOR_RATIO',
      value: FLOOR_RATIO,
      meaning: 'gradient norm over the norm of the quantisation noise',
      source: 'Chmiel et al.: √3 (abstracts that lost the root say 3)',
    },
    { name: 'WINDOW_ROWS', value: WINDOW_ROWS, meaning: 'rows of the window', source: 'chosen' },
  ],
  silences: [
    'Training that is not quantised: nobody logs its noise.',
    'Single batches below the floor.',
    'A gradient above the floor, however noisy.',
  ],
  start: () => new GradientFloorSession(),
};
