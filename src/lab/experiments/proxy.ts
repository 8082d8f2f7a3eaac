import { failure, ok } from '../../base/result.js';
import type { Result } from '../../base/result.js';
import type { Symptom } from '../../model/symptom.js';
import { clippingOf, OPTIMIZERS, settingsWith } from '../settings.js';
import type { LabSettings, OptimizerKind, Placement, ScheduleSettings } from '../settings.js';
import type { TryFix } from './experiment.js';
import { PROVOCATIONS, whyNoProxy } from './provocations.js';

/** What is known of the user's run, from its loop and its configuration; each may be missing. */
export interface RunFacts {
  readonly placement?: Placement;
  readonly norm?: 'layer' | 'rms';
  readonly qkNorm?: boolean;
  readonly depth?: number;
  readonly width?: number;
  /** As the loop finder names it: "adamw". */
  readonly optimizer?: string;
  readonly learningRate?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly weightDecay?: number;
  /** Limit of the global gradient norm. */
  readonly clipNorm?: number;
  /** Share of the run over which the rate rises. */
  readonly warmupShare?: number;
  /** How the rate falls behind the warmup. */
  readonly schedule?: ScheduleSettings['kind'];
}

/** The proxy's own size: with 20 candidates and 3 seeds it is done in three minutes on two cores. */
const SHAPE = { kind: 'transformer', depth: 3, width: 32, heads: 4, context: 32 } as const;
const STEPS = 120;
/** Rates beyond these are mapped no further: single precision has its limits. */
const RATES = { least: 1e-5, most: 1 };

/** Factors of the mapped rate that are tried, one after the other, until the symptom shows. */
const RAISED = [1, 3, 10];

/**
 * An experiment shaped after the user's run, as far as it is known, with the rules by which it was shaped; a reason
 * where the symptom has no proxy.
 * @param symptom that is to be reproduced.
 * @param arms that are to be tried.
 */
export function proxyExperiment(facts: RunFacts, symptom: Symptom, arms: readonly string[]): Result<TryFix> {
  const all = proxyExperiments(facts, symptom, arms);
  return all.ok ? ok(all.value[0]!) : all;
}

/** The same at rising learning rates where the symptom is one of rates that are too high; the first is the mapped one. */
export function proxyExperiments(facts: RunFacts, symptom: Symptom, arms: readonly string[]): Result<TryFix[]> {
  const provocation = PROVOCATIONS[symptom];
  if (provocation === undefined) {
    return failure(whyNoProxy(symptom) ?? '');
  }
  const { ill, healthy, well, metric, mayRaiseRate, rule } = provocation;
  const rules: string[] = [];
  const shaped = shapedAfter(facts, rules);
  return ok(
    (mayRaiseRate ? RAISED : [1]).map((factor): TryFix => {
      const raised = withRate(shaped, factor);
      const told = factor === 1 ? [] : [`Raised ${factor} times, since the symptom did not show below.`];
      return {
        kind: 'try-fix',
        id: `try-fix-${symptom}`,
        title: `What helps against ${symptom.replaceAll('-', ' ')} on a proxy of your run`,
        papers: [],
        settings: ill(raised),
        ...(healthy.length === 0 && { well: well?.(raised) ?? { ...raised, steps: ill(raised).steps } }),
        rules: [...rules, ...told, rule],
        healthy,
        metric,
        arms,
      };
    }),
  );
}

function withRate(settings: LabSettings, factor: number): LabSettings {
  const learningRate = Math.min(RATES.most, factor * settings.optimizer.learningRate);
  return { ...settings, optimizer: { ...settings.optimizer, learningRate } };
}

function shapedAfter(facts: RunFacts, rules: string[]): LabSettings {
  const model = { ...SHAPE, ...given(facts, ['placement', 'norm', 'qkNorm']) };
  const kind = optimizerOf(facts.optimizer, rules);
  const learningRate = mappedRate(facts, kind, rules);
  if (facts.warmupShare !== undefined) {
    rules.push(`Warmup over ${(100 * facts.warmupShare).toFixed(1)} % of the run, as in yours.`);
  }
  return settingsWith({
    model,
    optimizer: {
      kind,
      ...(learningRate !== undefined && { learningRate }),
      ...given(facts, ['beta1', 'beta2', 'epsilon', 'weightDecay']),
    },
    schedule: { warmup: facts.warmupShare ?? 0, ...(facts.schedule !== undefined && { kind: facts.schedule }) },
    clipping: facts.clipNorm === undefined ? [] : [clippingOf('norm', { limit: facts.clipNorm })],
    steps: STEPS,
    measure: { evaluateEvery: 20, detailEvery: 20, heldOut: 32 },
  });
}

function given<Name extends keyof RunFacts>(facts: RunFacts, names: readonly Name[]): Partial<Pick<RunFacts, Name>> {
  const known = names.filter((name) => facts[name] !== undefined).map((name) => [name, facts[name]] as const);
  return Object.fromEntries(known) as Partial<Pick<RunFacts, Name>>;
}

function optimizerOf(name: string | undefined, rules: string[]): OptimizerKind {
  const kind = OPTIMIZERS.find((one) => one === name?.toLowerCase());
  if (kind === undefined && name !== undefined) {
    rules.push(`The lab has no ${name}: the proxy is trained by AdamW.`);
  }
  return kind ?? 'adamw';
}

/** Rates of Adam go with the inverse of the width (Yang et al. 2022) and of the root of the depth (Yang et al. 2023). */
function mappedRate(facts: RunFacts, kind: OptimizerKind, rules: string[]): number | undefined {
  const { learningRate, width, depth } = facts;
  if (learningRate === undefined) {
    rules.push('The learning rate of your run is not known: the proxy has its own.');
    return undefined;
  }
  if (kind === 'sgd') {
    rules.push(`Learning rate ${learningRate}, as in your run: SGD's is not mapped.`);
    return learningRate;
  }
  const byWidth = width === undefined ? 1 : width / SHAPE.width;
  const byDepth = depth === undefined ? 1 : Math.sqrt(depth / SHAPE.depth);
  const mapped = Math.min(RATES.most, Math.max(RATES.least, learningRate * byWidth * byDepth));
  const factors = [
    ...(width === undefined ? [] : [`width ${width} / ${SHAPE.width}`]),
    ...(depth === undefined ? [] : [`√(depth ${depth} / ${SHAPE.depth})`]),
  ];
  rules.push(
    factors.length === 0
      ? `Learning rate ${learningRate}, as in your run: its width and depth are not known.`
      : `Learning rate ${learningRate} × ${factors.join(' × ')} = ${mapped.toPrecision(3)} (μP and depth-μP for Adam).`,
  );
  return mapped;
}
