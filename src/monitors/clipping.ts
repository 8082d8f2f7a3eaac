import type { Finding, NotEvaluated } from '../model/finding.js';
import type { RunConfiguration } from '../model/run.js';
import type { Signal } from '../model/signal.js';
import { RollingWindow } from '../signals/rollingWindow.js';
import { SustainedShare } from '../signals/sustainedShare.js';
import { evidenceNear, evidenceOf } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About, Words } from './note.js';
import { at, nameFirst, percent, quantity, rows } from './words.js';

/** Clipping that is at work in this share of the rows has become a part of the learning rate. */
const CLIPPED_SHARE = 0.9;
const WINDOW_ROWS = 100;
/** Norms this close to the highest of the window are at the limit. */
const AT_LIMIT = 1e-3;

const ABOUT: About = {
  id: 'clipping',
  symptoms: ['learning-rate'],
  papers: [
    {
      title: 'Revisiting Gradient Clipping: Stochastic bias and tight convergence guarantees',
      authors: 'Koloskova et al.',
      year: 2023,
    },
    {
      title: 'AutoClip: Adaptive Gradient Clipping for Source Separation Networks',
      authors: 'Seetharaman et al.',
      year: 2020,
    },
    { title: 'SGD with Clipping is Secretly Estimating the Median Gradient', authors: 'Schaipp et al.', year: 2024 },
  ],
  remedy:
    'Log the gradient norm before clipping, and the limit in the configuration (max_grad_norm) or the norm after clipping.',
};

/** How configurations call the limit of the global norm. */
const LIMIT_KEY =
  /(^|[/._-])(max_grad(ient)?_norm|grad(ient)?_clip(_val|_norm)?|clip_grad(ient)?(_norm|s)?|gradient_clipping|clip_norm)$/i;

function limitOf(configuration: RunConfiguration): number | undefined {
  const found = Object.entries(configuration).find(
    ([key, value]) => LIMIT_KEY.test(key) && typeof value === 'number' && value > 0,
  );
  return typeof found?.[1] === 'number' ? found[1] : undefined;
}

/** One way to know which rows were clipped. */
class Clipped extends SustainedShare<Sample> {
  readonly signal: Signal;

  constructor(signal: Signal) {
    super(WINDOW_ROWS, CLIPPED_SHARE);
    this.signal = signal;
  }
}

class ClippingSession implements MonitorSession {
  private readonly run: ObservedRun;
  private lookedUp: { readonly configuration?: RunConfiguration; readonly limit: number | undefined } = {
    limit: undefined,
  };
  private logged: Clipped | undefined;
  private compared: Clipped | undefined;
  private atLimit: Clipped | undefined;
  private readonly recent = new RollingWindow(WINDOW_ROWS);
  private norm: Sample | undefined;
  private after: Sample | undefined;

  constructor(run: ObservedRun) {
    this.run = run;
  }

  consume(sample: Sample): void {
    if (!Number.isFinite(sample.value)) {
      return;
    }
    switch (sample.signal.role) {
      case 'clip-fraction':
        this.logged ??= new Clipped(sample.signal);
        this.logged.push(sample, sample.value);
        return;
      case 'gradient-norm':
        if (sample.signal === (this.norm?.signal ?? sample.signal)) {
          this.norm = sample;
          this.judgeNorm(sample);
        }
        break;
      default:
        this.after = sample;
    }
    const { norm, after } = this;
    if (norm !== undefined && after !== undefined && norm.step === after.step) {
      this.compared ??= new Clipped(norm.signal);
      this.compared.push(norm, norm.value > (1 + AT_LIMIT) * after.value ? 1 : 0);
    }
  }

  /** The limit that the configuration names; looked up again only when settings have come in. */
  private get limit(): number | undefined {
    const { configuration } = this.run;
    if (configuration !== this.lookedUp.configuration) {
      this.lookedUp = { configuration, limit: limitOf(configuration) };
    }
    return this.lookedUp.limit;
  }

  notEvaluated(): NotEvaluated | undefined {
    const judged = [this.logged, this.compared, this.atLimit].some((clipped) => clipped?.judged === true);
    return judged ? undefined : notEnough(ABOUT, `at least ${WINDOW_ROWS} rows of gradient-norm or clip-fraction`);
  }

  findings(): readonly Finding[] {
    const found = [this.logged, this.compared].find((clipped) => clipped?.stretches.longest !== undefined);
    if (found !== undefined) {
      return [this.findingOf(found, this.wordsOfOften(found))];
    }
    const { atLimit } = this;
    const stretch = atLimit?.stretches.longest;
    if (atLimit === undefined || stretch === undefined) {
      return [];
    }
    const { limit } = this;
    const above = limit !== undefined && stretch.last.value > (1 + AT_LIMIT) * limit;
    return [this.findingOf(atLimit, above ? this.wordsOfOften(atLimit) : wordsOfLimit(atLimit, stretch.last))];
  }

  /** A norm that stands at the highest of its window, or above the limit that the configuration names. */
  private judgeNorm(sample: Sample): void {
    this.recent.push(sample.value);
    this.atLimit ??= new Clipped(sample.signal);
    const limit = this.limit ?? Infinity;
    const highest = this.recent.quantile(1);
    const held =
      sample.value > 0 && sample.value >= (1 - AT_LIMIT) * highest && highest <= (1 + AT_LIMIT) * this.recent.median();
    this.atLimit.push(sample, held || sample.value > limit ? 1 : 0);
  }

  private findingOf(clipped: Clipped, words: Words): Finding {
    const stretch = clipped.stretches.longest;
    const { series } = clipped.signal;
    const fromStep = series.stepAt(Math.max(0, (stretch?.from.index ?? 0) - WINDOW_ROWS + 1));
    return findingAbout(
      ABOUT,
      clipped.signal,
      { fromStep, toStep: stretch?.last.step ?? fromStep, open: clipped.stretches.open },
      words,
    );
  }

  private wordsOfOften({ signal, stretches, share }: Clipped): Words {
    const last = stretches.longest?.last;
    const { limit } = this;
    const step = last?.step ?? Number.NaN;
    const fromConfiguration = signal.role === 'gradient-norm' && this.compared === undefined && limit !== undefined;
    return {
      confidence: 0.8,
      title: `Gradients are clipped in ${percent(share)} of the steps`,
      explanation:
        `Of the ${rows(WINDOW_ROWS)} up to ${at(signal, step)}, ${percent(share)} were clipped` +
        (fromConfiguration ? `: the gradient norm is above the limit of ${quantity(limit)}. ` : '. ') +
        'Then the length of a step depends on the limit and hardly on the gradient: limit and learning rate do the same thing. ' +
        'With Adam that does little harm; with SGD it biases the direction, and a higher limit would let spikes stand out.',
      otherCauses: [
        'Meant so: AutoClip at the 10th percentile clips nine steps of ten, and normalised or private (DP-SGD) training clips always.',
        'The limit was taken over from a model with another size or another loss scale.',
      ],
      evidence:
        signal.role === 'clip-fraction'
          ? [evidenceNear(signal, step, share)]
          : last === undefined
            ? []
            : [
                evidenceOf(
                  signal,
                  last.step,
                  last.value,
                  fromConfiguration ? { value: limit, meaning: 'limit in the configuration' } : undefined,
                ),
              ],
    };
  }
}

function wordsOfLimit({ share, signal }: Clipped, last: Sample): Words {
  return {
    confidence: 0.8,
    title: `${nameFirst(signal)} stands at ${quantity(last.value)}: it is logged after clipping`,
    explanation:
      `Of the ${rows(WINDOW_ROWS)} up to ${at(signal, last.step)}, ${percent(share)} hold the same ${signal.series.tag}, ${quantity(last.value)}, and none a higher one. ` +
      'A norm does not stand still of itself: this is the limit of the clipping, and what was clipped cannot be seen. ' +
      'Log the norm from before (clip_grad_norm_ returns it), or spikes and trends of the gradient stay hidden.',
    otherCauses: [
      'Gradients that are normalised to a fixed length on purpose.',
      'A number that is not the gradient norm.',
    ],
    evidence: [evidenceOf(signal, last.step, last.value)],
  };
}

/** Clipping at work in nearly every step, or hidden by norms that are logged after it. */
export const clipping: Monitor = {
  ...ABOUT,
  title: 'Gradients are clipped all the time',
  needs: [['gradient-norm', 'clip-fraction']],
  uses: ['gradient-norm/clipped'],
  constants: [
    {
      name: 'CLIPPED_SHARE',
      value: CLIPPED_SHARE,
      meaning: 'share of the rows that are clipped',
      source: 'chosen: AutoClip clips 90 % by design; below that clipping still chooses among steps',
    },
    { name: 'WINDOW_ROWS', value: WINDOW_ROWS, meaning: 'rows in a row that are judged together', source: 'chosen' },
    {
      name: 'AT_LIMIT',
      value: AT_LIMIT,
      meaning: 'relative distance from the limit within which a norm is at it',
      source: 'PyTorch’s clip adds 1e-6 to the norm, half precision rounds to 1e-3',
    },
  ],
  silences: [
    'Clipping in up to nine steps of ten: that is what it is for.',
    'Single stretches shorter than 100 rows, such as the warmup.',
    'A limit that nobody logged, and norms that keep moving.',
    'It is never more than a note: frequent clipping is robust averaging, not a fault by itself.',
  ],
  start: (run) => new ClippingSession(run),
};
