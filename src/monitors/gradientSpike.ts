import type { Finding, NotEvaluated, Severity } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { ExcursionTracker } from '../signals/excursions.js';
import type { Excursion } from '../signals/excursions.js';
import { Clusters } from './clusters.js';
import type { Cluster } from './clusters.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { at, count, quantity, rows, times } from './words.js';

/** A gradient norm this many times the usual is worth a note. */
const NOTE_RATIO = 5;
/** ... and a look, whatever the loss does. */
const WARNING_RATIO = 100;
/** In a run whose norm keeps this steady, in robust standard deviations of the logarithm, less is a look, too. */
const STEADY_RATIO = 20;
const STEADY_SIGMAS = 25;
/** Robust standard deviations of the logarithm. */
const SIGMAS = 8;
/** How far above anything usual, in the logarithm: twice as far. */
const OVER_USUAL = 2;
/** Several rows up to this many times the usual count even in the first rows. */
const TOWERING_RATIO = 1000;
const TOWERING_ROWS = 3;
/** More spikes than this are the run's habit: heavy-tailed gradients. */
const MOST_WARNINGS = 5;
/** Rows of history before the first judgement: norms settle during warmup. */
const SETTLED_ROWS = 20;

interface Spike extends Excursion {
  readonly severity: Severity;
}

class GradientWatch {
  readonly signal: Signal;
  readonly spikes = new Clusters<Spike>((spike) => spike.peak - spike.baseline);
  points = 0;
  spikeCount = 0;
  private readonly tracker = new ExcursionTracker({ smallestExcess: () => Math.log(NOTE_RATIO) });
  private segment = 0;

  constructor(signal: Signal) {
    this.signal = signal;
  }

  push({ step, value, segment }: Sample): void {
    if (segment !== this.segment) {
      this.segment = segment;
      this.tracker.reset();
    }
    if (!Number.isFinite(value) || value <= 0) {
      return;
    }
    this.points++;
    const ended = this.tracker.push(step, Math.log(value));
    if (ended !== undefined) {
      this.keep(ended);
    }
  }

  get ongoing(): Spike | undefined {
    const { open } = this.tracker;
    return open !== undefined && isSpike(open) ? withSeverity(open) : undefined;
  }

  private keep(excursion: Excursion): void {
    const spike = isSpike(excursion) ? withSeverity(excursion) : undefined;
    if (spike?.severity !== 'warning') {
      this.tracker.dismiss(excursion);
    }
    if (spike !== undefined) {
      this.spikeCount++;
      this.spikes.add(spike);
    }
  }
}

function isSpike(excursion: Excursion): boolean {
  const excess = excursion.peak - excursion.baseline;
  const towering = excess >= Math.log(TOWERING_RATIO) && excursion.highPoints >= TOWERING_ROWS;
  return (
    excess >= OVER_USUAL * excursion.usualExcess &&
    (towering || (excursion.pointsBefore >= SETTLED_ROWS && excess >= SIGMAS * excursion.sigma))
  );
}

function withSeverity(excursion: Excursion): Spike {
  const excess = excursion.peak - excursion.baseline;
  const steady = excess >= Math.log(STEADY_RATIO) && excess >= STEADY_SIGMAS * excursion.sigma;
  return { ...excursion, severity: steady || excess >= Math.log(WARNING_RATIO) ? 'warning' : 'info' };
}

class GradientSpikeSession implements MonitorSession {
  private readonly series = new PerSeries((signal) => new GradientWatch(signal));

  consume(sample: Sample): void {
    this.series.of(sample).push(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.series.all.some(({ watcher }) => watcher.points >= SETTLED_ROWS)
      ? undefined
      : {
          monitor: 'gradient-spike',
          missing: [`at least ${SETTLED_ROWS} rows of gradient-norm`],
          remedy: 'Log the gradient norm more often, or wait for more rows.',
        };
  }

  findings(): readonly Finding[] {
    return this.series.all.flatMap(({ watcher }) => {
      const clusters: Cluster<Spike>[] = [...watcher.spikes.all];
      const { ongoing } = watcher;
      if (ongoing !== undefined) {
        clusters.push({ fromStep: ongoing.fromStep, toStep: ongoing.toStep, events: 1, greatest: ongoing });
      }
      const habit = watcher.spikeCount > MOST_WARNINGS;
      return clusters.map((cluster) => findingOf(watcher.signal, cluster, habit));
    });
  }
}

function findingOf(signal: Signal, { fromStep, toStep, events, greatest }: Cluster<Spike>, habit: boolean): Finding {
  const { series } = signal;
  const usual = Math.exp(greatest.baseline);
  const peak = Math.exp(greatest.peak);
  const open = greatest.state === 'open';
  return {
    id: `gradient-spike:${series.tag}:${series.rank ?? 0}:${fromStep}`,
    monitor: 'gradient-spike',
    symptom: 'gradient-spike',
    severity: habit ? 'info' : greatest.severity,
    confidence: greatest.severity === 'warning' ? 0.8 : 0.6,
    fromStep,
    toStep,
    open,
    title:
      events > 1
        ? `Gradient norm spiked ${count(events)} times, up to ${quantity(peak)}`
        : `Gradient norm jumped to ${quantity(peak)}, ${times(peak / usual)} the usual, at ${at(signal, greatest.peakStep)}`,
    explanation:
      `The gradient norm jumped from ${quantity(usual)} to ${quantity(peak)} at ${at(signal, greatest.peakStep)}` +
      `${open ? ' and has not come back yet' : ` and came back after ${rows(greatest.points)}`}.` +
      (events > 1
        ? ` It is the highest of ${count(events)} such spikes between ${at(signal, fromStep)} and ${count(toStep)}.`
        : ''),
    otherCauses: [
      'A single hard or broken batch. With clipping in force such a spike does little harm; without it, look at the steps after.',
      ...(habit ? ['This run has them all the time: heavy-tailed gradients, not an incident.'] : []),
    ],
    evidence: [
      evidenceNear(signal, greatest.peakStep, peak, {
        value: usual,
        meaning: `median of the ${rows(greatest.baselinePoints)} before`,
      }),
    ],
    papers: [
      { title: 'ZClip: Adaptive Spike Mitigation for LLM Pre-Training', authors: 'Kumar et al.', year: 2025 },
      {
        title: 'AdaGC: Improving Training Stability for Large Language Model Pretraining',
        authors: 'Wang et al.',
        year: 2025,
      },
    ],
  };
}

/** The global gradient norm jumps above its recent level. */
export const gradientSpike: Monitor = {
  id: 'gradient-spike',
  title: 'Gradient spike',
  symptoms: ['gradient-spike'],
  needs: [['gradient-norm']],
  uses: [],
  constants: [
    {
      name: 'NOTE_RATIO',
      value: NOTE_RATIO,
      meaning: 'times the median before that is worth a note',
      source: 'healthy public runs blip by up to 5 times',
    },
    {
      name: 'WARNING_RATIO',
      value: WARNING_RATIO,
      meaning: 'times the median before that is worth a look even when the loss does not move',
      source: 'healthy detectors burst by 10 to 50 times without any effect',
    },
    {
      name: 'STEADY_RATIO',
      value: STEADY_RATIO,
      meaning: 'times the median before that is worth a look where the norm keeps steady',
      source: 'chosen: below, healthy runs whose norms keep steady burst as well',
    },
    {
      name: 'STEADY_SIGMAS',
      value: STEADY_SIGMAS,
      meaning: 'robust standard deviations of the logarithm from which on the norm counts as steady before',
      source: 'own runs of single gradients times 60 to 80 stand at 50 and more, bursts of detectors at 10 to 20',
    },
    {
      name: 'SIGMAS',
      value: SIGMAS,
      meaning: 'robust standard deviations of the logarithm',
      source: 'z > 2.5 fires on 1 to 6 % of healthy steps, z > 5 on up to 0.7 % (measured on ZClip)',
    },
    {
      name: 'TOWERING_RATIO',
      value: TOWERING_RATIO,
      meaning: 'times the median before that counts even in the first rows',
      source: 'chosen',
    },
    { name: 'TOWERING_ROWS', value: TOWERING_ROWS, meaning: 'in how many rows', source: 'chosen' },
    {
      name: 'OVER_USUAL',
      value: OVER_USUAL,
      meaning: 'times the usual excess, in the logarithm',
      source: 'chosen, for heavy-tailed norms',
    },
    {
      name: 'MOST_WARNINGS',
      value: MOST_WARNINGS,
      meaning: 'spikes in a run that are not yet its habit',
      source: 'chosen',
    },
    {
      name: 'SETTLED_ROWS',
      value: SETTLED_ROWS,
      meaning: 'rows before the first judgement',
      source: 'chosen: norms fall by orders of magnitude during warmup',
    },
  ],
  silences: [
    'The first rows, in which norms fall by orders of magnitude.',
    'Bursts of up to a hundred times that leave the loss alone: a note, not a warning, unless the norm keeps steady otherwise.',
    'Norms logged after clipping: they cannot spike.',
  ],
  papers: [],
  remedy: 'Log the global gradient norm before clipping (torch.nn.utils.clip_grad_norm_ returns it).',
  start: () => new GradientSpikeSession(),
};
