import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { SustainedShare } from '../signals/sustainedShare.js';
import { evidenceNear } from './evidence.js';
import { remedyForGpuTools } from './machineTools.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { PerSeries } from './perSeries.js';
import { at, percent, rows } from './words.js';

/** A GPU that is throttled in this share of the rows ... */
const THROTTLED_SHARE = 0.5;
/** ... of a window of so many works slower than it could. */
const WINDOW_ROWS = 30;

const ABOUT: About = {
  id: 'gpu-throttled',
  symptoms: ['hardware'],
  papers: [],
  remedy: 'Run the job with Evenkeel, or log why each GPU is throttled (clocks_event_reasons of nvidia-smi) as 0 or 1.',
};

/** What throttles a GPU, by the end of the role, what says most first. */
const CAUSES: readonly { readonly quantity: string; readonly words: string; readonly advice: string }[] = [
  {
    quantity: 'throttled_thermal',
    words: 'because it is too hot',
    advice: 'Look at fans, filters and the temperature of the room, and whether its neighbours heat it.',
  },
  {
    quantity: 'throttled_power_brake',
    words: 'by the power brake of the machine',
    advice: 'The power supply asks for it: look at its units, cables and limits.',
  },
  {
    quantity: 'throttled_hardware',
    words: 'by its own hardware',
    advice: 'As a rule it is heat or power: look at both.',
  },
];

class ThrottleWatch extends SustainedShare<Sample> {
  readonly signal: Signal;

  constructor(signal: Signal) {
    super(WINDOW_ROWS, THROTTLED_SHARE);
    this.signal = signal;
  }
}

class GpuThrottledSession implements MonitorSession {
  private readonly series = new PerSeries((signal) => new ThrottleWatch(signal));

  consume(sample: Sample): void {
    if (causeOf(sample.signal) >= 0 && Number.isFinite(sample.value)) {
      this.series.of(sample).push(sample, sample.value > 0 ? 1 : 0);
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.series.all.some(({ watcher }) => watcher.judged)
      ? undefined
      : notEnough(ABOUT, `at least ${WINDOW_ROWS} rows that say whether a GPU is throttled (gpu/*/throttled_thermal)`);
  }

  findings(): readonly Finding[] {
    const worst = new Map<string, ThrottleWatch>();
    for (const { watcher } of this.series.all) {
      const gpu = `${watcher.signal.series.rank ?? ''} ${watcher.signal.role.split('/')[1] ?? ''}`;
      const other = worst.get(gpu);
      // Heat and power are said by the hardware's own flag, too: one story for each GPU, by what says most.
      if (watcher.stretches.longest && (!other || causeOf(watcher.signal) < causeOf(other.signal))) {
        worst.set(gpu, watcher);
      }
    }
    return [...worst.values()].flatMap((watcher) => findingOf(watcher) ?? []);
  }
}

/** Where in {@link CAUSES} what a signal tells of stands; -1 for anything else. */
function causeOf({ role }: Signal): number {
  return CAUSES.findIndex(({ quantity }) => role.endsWith(`/${quantity}`));
}

function findingOf({ signal, stretches, share }: ThrottleWatch): Finding | undefined {
  const stretch = stretches.longest;
  const cause = CAUSES[causeOf(signal)];
  if (stretch === undefined || cause === undefined) {
    return undefined;
  }
  const { from, last } = stretch;
  const fromStep = signal.series.stepAt(Math.max(0, from.index - WINDOW_ROWS + 1));
  return findingAbout(
    ABOUT,
    signal,
    { fromStep, toStep: last.step, open: stretches.open },
    {
      severity: 'warning',
      confidence: 0.8,
      title: `GPU ${signal.role.split('/')[1] ?? ''} is slowed down ${cause.words}`,
      explanation:
        `Since ${at(signal, fromStep)} it says so in ${percent(share)} of the rows (${signal.series.tag}, over the last ${rows(WINDOW_ROWS)} judged): ` +
        `it runs at a lower clock than it could, and every step takes longer. ${cause.advice}`,
      otherCauses: ['Another job on the same GPU, or beside it in the machine, makes the heat or takes the power.'],
      evidence: [evidenceNear(signal, last.step, 1, { value: 0, meaning: 'a GPU that is not slowed down' })],
    },
  );
}

/** A GPU that heat or a failing power supply slows down. */
export const gpuThrottled: Monitor = {
  ...ABOUT,
  title: 'A GPU that heat or power slows down',
  needs: [['gpu/*/*']],
  uses: [],
  constants: [
    {
      name: 'THROTTLED_SHARE',
      value: THROTTLED_SHARE,
      meaning: 'share of the rows of a window in which it is throttled',
      source: 'chosen: short touches of the limit are how a GPU keeps its temperature',
    },
    {
      name: 'WINDOW_ROWS',
      value: WINDOW_ROWS,
      meaning: 'rows of the window',
      source: 'chosen: a minute where telemetry samples every other second',
    },
  ],
  silences: [
    'A GPU at its power limit (power_capped): that is how one at full work runs.',
    'Fewer than half of the rows: touches of the limit at the hottest moments.',
    'Clocks that are low because nothing is to be done, or because somebody set them so.',
  ],
  remedyFor: remedyForGpuTools,
  start: () => new GpuThrottledSession(),
};
