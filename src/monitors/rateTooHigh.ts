import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { coarser } from '../signals/rowCourse.js';
import { RollingWindow } from '../signals/rollingWindow.js';
import { Sustained } from '../signals/sustained.js';
import { UPDATE_ROWS } from '../signals/updateRatios.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { at, quantity, rows } from './words.js';

/** Step over the radius within which the softmax is safe, in the rolling median. */
const UNSAFE_STEP = 2;
/** The same from which on training has been seen to collapse. */
const COLLAPSING_STEP = 4;
/** Probes of the median, and how often in a row it has to be above. */
const PROBES = 5;
const LASTING_PROBES = 3;
/** Change of the weights by one step, as a share of them, in the median of all weight matrices. */
const LONG_UPDATE = 0.01;
/** A loss that fell by more than this over the newest half of the run gets on all the same. */
const PROGRESS = 0.05;

const ABOUT: About = {
  id: 'rate-too-high',
  symptoms: ['learning-rate'],
  papers: [
    {
      title: 'Ghosts of Softmax: Complex Singularities That Limit Safe Step Sizes in Cross-Entropy',
      authors: 'Sao',
      year: 2026,
    },
    {
      title: 'On discretisation drift and smoothness regularisation in neural network training',
      authors: 'Rosca',
      year: 2023,
    },
  ],
  remedy:
    'Log the update of each weight as a share of it (update-ratio/<tensor>), as the hook does, or the safe-step ratio.',
};

class RateTooHighSession implements MonitorSession {
  private readonly run: ObservedRun;
  private readonly probes = new RollingWindow(PROBES);
  private readonly unsafe = new Sustained<Sample>();
  private probe: Signal | undefined;
  private probed = 0;
  private step = Number.NaN;

  constructor(run: ObservedRun) {
    this.run = run;
  }

  consume(sample: Sample): void {
    if (sample.signal.role !== 'safe-step-ratio' || !(sample.value >= 0 && Number.isFinite(sample.value))) {
      return;
    }
    this.probe ??= sample.signal;
    this.probes.push(sample.value);
    this.probed++;
    const median = this.probes.median();
    const holds = this.probed >= PROBES && median > UNSAFE_STEP;
    this.unsafe.push(sample, holds);
    this.step = holds ? median : this.step;
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.probed >= PROBES || this.run.derived.updates.judged
      ? undefined
      : notEnough(ABOUT, `at least ${UPDATE_ROWS} rows of update-ratio, or ${PROBES} of safe-step-ratio`);
  }

  findings(): readonly Finding[] {
    const stretch = this.unsafe.longest;
    const { probe, step } = this;
    if (stretch !== undefined && probe !== undefined && stretch.rows >= LASTING_PROBES) {
      return [this.unsafeStep(probe, stretch.from, stretch.last, step)];
    }
    const { updates } = this.run.derived;
    const { median, signal } = updates;
    return signal !== undefined && updates.judged && median >= LONG_UPDATE && this.standsStill()
      ? [this.longUpdate(signal, median)]
      : [];
  }

  /** The training loss has not come down over the newest half of the run. */
  private standsStill(): boolean {
    const stretches = this.run.derived.trainingCourse?.course.stretches ?? [];
    const [before, after] = coarser(stretches.slice(stretches.length >> 1), 2);
    return before !== undefined && after !== undefined && before.mean - after.mean <= PROGRESS * Math.abs(before.mean);
  }

  private unsafeStep(signal: Signal, from: Sample, last: Sample, median: number): Finding {
    return findingAbout(
      ABOUT,
      signal,
      { fromStep: from.step, toStep: last.step, open: this.unsafe.open },
      {
        severity: median >= COLLAPSING_STEP ? 'warning' : 'info',
        confidence: median >= COLLAPSING_STEP ? 0.7 : 0.5,
        title: `Steps are ${quantity(median)} times as long as is safe for the softmax`,
        explanation:
          `Since about ${at(signal, from.step)} one update moves the logits ${quantity(median)} times as far as the loss can be trusted to follow its gradient (median of ${PROBES} probes). ` +
          'Below 1 no training was seen to fail; above 2 results got worse, above 4 runs collapsed. Lower the learning rate by about that factor.',
        otherCauses: [
          'Single samples decide it (mislabelled ones): a high percentile over the batch is steadier than the largest.',
          'The network stands at the edge of stability and learns nevertheless: look at the held-out loss.',
        ],
        evidence: [evidenceNear(signal, last.step, median, { value: 1, meaning: 'longest safe step' })],
      },
    );
  }

  private longUpdate(signal: Signal, median: number): Finding {
    const { firstStep, lastStep: step } = this.run.derived.updates;
    return findingAbout(
      ABOUT,
      signal,
      { fromStep: firstStep, toStep: step, open: true },
      {
        confidence: 0.5,
        title: `Each step changes the weights by ${quantity(100 * median)} %, and the loss does not come down`,
        explanation:
          `At ${at(signal, step)} one update is ${quantity(median)} times as large as the weights (median over the weight matrices and ${rows(UPDATE_ROWS)}), and the training loss has not come down over the newest half of the run. ` +
          'Networks that learn well mostly stay near a thousandth once they have settled. Lower the learning rate.',
        otherCauses: [
          'Small weights by design (zero-initialised branches, strong weight decay) make the ratio large.',
          'The loss has arrived where it can get, and a decay of the learning rate is due anyway.',
        ],
        evidence: [
          evidenceNear(signal, step, median, { value: LONG_UPDATE, meaning: 'from here on updates are long' }),
        ],
      },
    );
  }
}

/** Steps that are too long for the loss. */
export const rateTooHigh: Monitor = {
  ...ABOUT,
  title: 'Learning rate too high',
  needs: [['safe-step-ratio', 'update-ratio/*']],
  uses: ['train/loss'],
  constants: [
    {
      name: 'UNSAFE_STEP',
      value: UNSAFE_STEP,
      meaning: 'step over the safe radius of the softmax, in the rolling median',
      source: 'Sao: the best run had more than 1 in a third of its probes; at 2 and above results got worse',
    },
    {
      name: 'COLLAPSING_STEP',
      value: COLLAPSING_STEP,
      meaning: 'the same for a warning',
      source: 'Sao, table 3: collapses from 4 on',
    },
    {
      name: 'PROBES',
      value: PROBES,
      meaning: 'probes of the rolling median',
      source: 'Sao: single probes above 1 correct themselves',
    },
    {
      name: 'LASTING_PROBES',
      value: LASTING_PROBES,
      meaning: 'medians in a row above it',
      source: 'derived from the same',
    },
    {
      name: 'LONG_UPDATE',
      value: LONG_UPDATE,
      meaning: 'update over weights, in the median of the weight matrices',
      source:
        'measured on small runs with SGD and Adam: those that learn settle at 0.0001 to 0.003, those that stay high lie above 0.007',
    },
    { name: 'UPDATE_ROWS', value: UPDATE_ROWS, meaning: 'newest rows of each tensor', source: 'chosen' },
    {
      name: 'PROGRESS',
      value: PROGRESS,
      meaning: 'relative fall of the loss over the newest half that shows progress',
      source: 'chosen',
    },
  ],
  silences: [
    'Long updates while the loss comes down, as in the first rows.',
    'Biases, norms, embeddings and adapters, which begin at zero or are rarely touched.',
    'Single probes above the safe radius: they correct themselves.',
  ],
  start: (run) => new RateTooHighSession(run),
};
