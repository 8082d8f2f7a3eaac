import type { ReportedSignal } from '../../src/contract/report.js';
import type { EnvelopeClient } from '../protocol/envelopeClient.js';
import { Freshest } from '../protocol/freshest.js';
import { stepScale } from './stepScale.js';
import type { StepScale, StepScaleUnit } from './stepScale.js';

const COLUMNS = 2000;

/** Fetches the scale that a run's own count of epochs or tokens gives. */
export class StepScaleSource {
  private readonly client: EnvelopeClient;
  private readonly changed: () => void;
  private readonly tasks = new Freshest();
  private readonly scales = new Map<StepScaleUnit, StepScale>();
  private fetchedFor = '';

  constructor(client: EnvelopeClient, changed: () => void) {
    this.client = client;
    this.changed = changed;
  }

  scale(unit: StepScaleUnit | undefined): StepScale | undefined {
    return unit && this.scales.get(unit);
  }

  /** Asks for the scale of a unit, again when its signal has grown. */
  demand(unit: StepScaleUnit | undefined, signals: readonly ReportedSignal[]): void {
    const signal = unit && scaleSignal(unit, signals);
    const wanted = signal ? `${unit} ${signal.tag} ${signal.points}` : '';
    if (unit && signal && wanted !== this.fetchedFor) {
      this.fetchedFor = wanted;
      this.tasks.schedule(() => this.fetch(unit, signal));
    }
  }

  private async fetch(unit: StepScaleUnit, { tag, rank }: ReportedSignal): Promise<void> {
    const place = rank === undefined ? {} : { rank };
    const result = await this.client.request({ tag, ...place, axis: 'step', buckets: COLUMNS });
    const scale = result.ok ? stepScale(unit, result.value) : undefined;
    if (scale) {
      this.scales.set(unit, scale);
      this.changed();
    }
  }
}

/** The signal that a run counts epochs or tokens in; undefined where it logs none, or too few. */
export function scaleSignal(unit: StepScaleUnit, signals: readonly ReportedSignal[]): ReportedSignal | undefined {
  return signals.find(({ role, points, stepUnit }) => role === unit && points > 1 && stepUnit === 'step');
}
