import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { RollingWindow } from '../signals/rollingWindow.js';
import { Sustained } from '../signals/sustained.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { at, percent, rows } from './words.js';

/** Share of a step spent waiting for data, in the median of a window, that is worth a note. */
const WAITING_SHARE = 0.4;
const WINDOW_ROWS = 50;

const ABOUT: About = {
  id: 'data-bound',
  symptoms: ['throughput'],
  papers: [],
  remedy: 'Log the time of a step and the time that it waited for data (data_time), in the same unit.',
};

class DataBoundSession implements MonitorSession {
  private readonly window = new RollingWindow(WINDOW_ROWS);
  private readonly waiting = new Sustained<Sample>();
  private data: { readonly signal: Signal; readonly step: number; readonly value: number } | undefined;
  private time: { readonly signal: Signal; readonly step: number; readonly value: number } | undefined;
  private share = Number.NaN;
  private comparable = true;

  consume(sample: Sample): void {
    const { signal, step, value } = sample;
    const role = signal.role === 'data-time' ? 'data' : 'time';
    if (signal !== (this[role]?.signal ?? signal) || !(value >= 0 && Number.isFinite(value))) {
      return;
    }
    this[role] = { signal, step, value };
    const { data, time } = this;
    if (data !== undefined && time !== undefined && data.step === time.step && time.value > 0) {
      this.push(sample, data.value / time.value);
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    if (!this.comparable) {
      return notEnough(ABOUT, 'times in the same unit: waiting for data takes longer than the whole step here');
    }
    return this.window.length >= WINDOW_ROWS
      ? undefined
      : notEnough(ABOUT, `at least ${WINDOW_ROWS} rows that hold both data-time and step-time`);
  }

  findings(): readonly Finding[] {
    const stretch = this.waiting.longest;
    const { data, time, share } = this;
    if (stretch === undefined || data === undefined || time === undefined || this.notEvaluated() !== undefined) {
      return [];
    }
    const { series } = data.signal;
    const from = series.stepAt(Math.max(0, Math.min(stretch.from.index, series.length - 1) - WINDOW_ROWS + 1));
    return [
      findingAbout(
        ABOUT,
        data.signal,
        { fromStep: from, toStep: stretch.last.step, open: this.waiting.open },
        {
          confidence: 0.8,
          title: `Training waits for data: ${percent(share)} of a step`,
          explanation:
            `Since ${at(data.signal, from)} a step spends about ${percent(share)} of its time waiting for the next batch ` +
            `(${data.signal.series.tag} against ${time.signal.series.tag}, median of ${rows(WINDOW_ROWS)}). ` +
            'More workers, prefetching, a faster disk or data prepared ahead would make the whole run shorter by up to that share.',
          otherCauses: [
            'The loader is fast, but a step so short that any loader would show.',
            'Where devices work asynchronously, the wait for them may be booked as waiting for data.',
          ],
          evidence: [
            evidenceNear(data.signal, stretch.last.step, share * time.value),
            evidenceNear(time.signal, stretch.last.step, time.value),
          ],
        },
      ),
    ];
  }

  private push(sample: Sample, share: number): void {
    this.window.push(share);
    const median = this.window.median();
    // Seconds against milliseconds, or a step that does not count the wait: no share of anything.
    this.comparable = median <= 1;
    const holds = this.window.length >= WINDOW_ROWS && median >= WAITING_SHARE && this.comparable;
    this.waiting.push(sample, holds);
    this.share = holds ? median : this.share;
  }
}

/** Steps that mostly wait for the data loader. */
export const dataBound: Monitor = {
  ...ABOUT,
  title: 'Training waits for data',
  needs: [['data-time'], ['step-time']],
  uses: [],
  constants: [
    {
      name: 'WAITING_SHARE',
      value: WAITING_SHARE,
      meaning: 'share of a step that is spent waiting for data, in the median',
      source: 'chosen: in public detector runs a third of a step is common and nobody minded',
    },
    { name: 'WINDOW_ROWS', value: WINDOW_ROWS, meaning: 'rows of the window', source: 'chosen' },
  ],
  silences: [
    'Single waits, such as those at the beginning of an epoch while workers start.',
    'Times in different units.',
    'It is never more than a note: the run is right, only longer.',
  ],
  start: () => new DataBoundSession(),
};
