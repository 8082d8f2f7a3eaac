import type { RunFacts } from '../../lab/lab.js';
import type { RunConfiguration } from '../../model/run.js';
import type { Signal } from '../../model/signal.js';
import { namedFacts } from './namedFacts.js';

/** What a run's own logs say of how it was trained. */
export interface RunKnowledge {
  readonly configuration: RunConfiguration;
  /** Steps that the run was to take; those that it took where that is not known. */
  readonly totalSteps?: number;
  /** The learning rate over the steps, in their order; empty where it was not logged. */
  readonly rates: readonly { readonly step: number; readonly rate: number }[];
}

/** Rates of a schedule that are looked at: its shape needs no more. */
const MOST_RATES = 4000;
/** Share of the highest rate from which a rate counts as risen. */
const RISEN = 0.99;
/** A rate that begins above this share of the highest was not warmed up. */
const BEGINS_HIGH = 0.9;

/**
 * What is known of a run: its logs say what was done and come before its source, which says what was meant.
 * @param source facts of its source, see `factsOfSource`; empty where there is none.
 */
export function factsOfRun(run: RunKnowledge, source: RunFacts): RunFacts {
  return { ...source, ...namedFacts(Object.entries(run.configuration)), ...ratesSay(run) };
}

/** What the logs of a run say of how it was trained; of several learning rates the first group's counts. */
export function knowledgeOf(
  { configuration, totalSteps }: { readonly configuration: RunConfiguration; readonly totalSteps?: number | undefined },
  signals: readonly Signal[],
): RunKnowledge {
  return { configuration, rates: ratesOf(signals), ...(totalSteps !== undefined && { totalSteps }) };
}

function ratesOf(signals: readonly Signal[]): RunKnowledge['rates'] {
  const signal =
    signals.find(({ role }) => role === 'learning-rate') ??
    signals.find(({ role }) => role.startsWith('learning-rate/'));
  if (!signal) {
    return [];
  }
  const { series } = signal;
  const stride = Math.max(1, Math.ceil(series.length / MOST_RATES));
  return Array.from({ length: Math.ceil(series.length / stride) }, (_, index) => ({
    step: series.stepAt(index * stride),
    rate: series.valueAt(index * stride),
  }));
}

function ratesSay({ rates, totalSteps }: RunKnowledge): RunFacts {
  const finite = rates.filter(({ rate }) => Number.isFinite(rate) && rate >= 0);
  const highest = finite.reduce((most, { rate }) => Math.max(most, rate), 0);
  if (highest === 0) {
    return {};
  }
  const first = finite[0]!;
  const risen = finite.find(({ rate }) => rate >= RISEN * highest)!;
  const steps = Math.max(totalSteps ?? 0, finite.at(-1)!.step + 1);
  return {
    learningRate: highest,
    warmupShare: first.rate >= BEGINS_HIGH * highest ? 0 : Math.min(1, risen.step / steps),
  };
}
