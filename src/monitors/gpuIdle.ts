import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { RollingWindow } from '../signals/rollingWindow.js';
import { Sustained } from '../signals/sustained.js';
import { evidenceNear } from './evidence.js';
import { remedyForGpuTools } from './machineTools.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { PerSeries } from './perSeries.js';
import { at, quantity, rows } from './words.js';

/** A GPU whose utilisation stays below this, in percent ... */
const IDLE_PERCENT = 70;
/** ... in this share of the rows ... */
const IDLE_SHARE = 0.95;
/** ... of a window of so many has time to spare. */
const WINDOW_ROWS = 50;

const ABOUT: About = {
  id: 'gpu-idle',
  symptoms: ['hardware'],
  papers: [],
  remedy: 'Log the utilisation of each GPU (nvidia-smi, or the system metrics of the logger).',
};

class UtilisationWatch {
  readonly signal: Signal;
  readonly idle = new Sustained<Sample>();
  /** Median over the window when it was last idle. */
  usual = Number.NaN;
  private readonly window = new RollingWindow(WINDOW_ROWS);
  private highest = 0;

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
    this.highest = Math.max(this.highest, sample.value);
    this.window.push(sample.value);
    // Some loggers write percent, others shares of 1.
    const full = this.highest <= 1 ? 1 : 100;
    const holds = this.judged && this.window.quantile(IDLE_SHARE) < (IDLE_PERCENT / 100) * full;
    this.idle.push(sample, holds);
    this.usual = holds ? this.window.median() : this.usual;
  }

  findings(): readonly Finding[] {
    const { idle, signal, usual } = this;
    const stretch = idle.longest;
    if (stretch === undefined) {
      return [];
    }
    const { from, last } = stretch;
    const fromStep = signal.series.stepAt(Math.max(0, from.index - WINDOW_ROWS + 1));
    return [
      findingAbout(
        ABOUT,
        signal,
        { fromStep, toStep: last.step, open: idle.open },
        {
          confidence: 0.7,
          title: `GPU ${signal.role.split('/')[1] ?? ''} has time to spare: half of the time it is used to ${quantity(usual)} or less`,
          explanation:
            `${signal.series.tag} has stayed low since ${at(signal, fromStep)}: over the last ${rows(WINDOW_ROWS)} judged its median is ${quantity(usual)}. ` +
            'The GPU waits for something: data, the processor, other workers, or the disk.',
          otherCauses: [
            'Small models and small batches cannot fill a GPU: a larger batch would take about the same time.',
            'Evaluation, generation or checkpoints that run between steps.',
            'The counter is read rarely and by chance between kernels; a profiler tells more.',
          ],
          evidence: [evidenceNear(signal, last.step, usual)],
        },
      ),
    ];
  }
}

class GpuIdleSession implements MonitorSession {
  private readonly series = new PerSeries((signal) => new UtilisationWatch(signal));

  consume(sample: Sample): void {
    if (sample.signal.role.endsWith('/utilization')) {
      this.series.of(sample).push(sample);
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.series.all.some(({ watcher }) => watcher.judged)
      ? undefined
      : notEnough(ABOUT, `at least ${WINDOW_ROWS} rows of gpu/*/utilization`);
  }

  findings(): readonly Finding[] {
    return this.series.all.flatMap(({ watcher }) => watcher.findings());
  }
}

/** A GPU that mostly waits. */
export const gpuIdle: Monitor = {
  ...ABOUT,
  title: 'A GPU that mostly waits',
  needs: [['gpu/*/*']],
  uses: [],
  constants: [
    {
      name: 'IDLE_PERCENT',
      value: IDLE_PERCENT,
      meaning: 'utilisation in percent that is not reached',
      source: 'published rule: SageMaker Debugger’s LowGPUUtilization, 95th percentile below 70',
    },
    { name: 'IDLE_SHARE', value: IDLE_SHARE, meaning: 'share of the rows of a window below it', source: 'as above' },
    { name: 'WINDOW_ROWS', value: WINDOW_ROWS, meaning: 'rows of the window', source: 'chosen' },
  ],
  silences: [
    'A GPU that is busy in more than one row of twenty.',
    'Fewer than 50 rows: compilation and the first batches are slow.',
    'It is never more than a note: what a GPU waits for may be worth it.',
  ],
  remedyFor: remedyForGpuTools,
  start: () => new GpuIdleSession(),
};
