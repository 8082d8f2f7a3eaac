import { withArms } from '../arms/arms.js';
import type { LabSettings } from '../settings.js';
import type { Claim, Experiment, Sweep, TryFix } from './experiment.js';
import { METRICS } from './metrics.js';
import type { MetricId } from './metrics.js';
import type { ArmVerdict, ExperimentResult, Sensitivity } from './result.js';
import { Session } from './session.js';
import type { ExperimentOptions } from './session.js';
import { directionBetween, isWorse, pairsOf, unknown, valuesOf, verdictOf } from './verdicts.js';
import type { Outcomes } from './verdicts.js';

/** Labels of the runs that all others are held against. */
export const BASELINE = 'baseline';
export const HEALTHY = 'healthy';

/**
 * Runs an experiment within its budget. What is there already is used; what fails is told of and left out. Throws only
 * where the disk takes no more.
 */
export async function runExperiment(experiment: Experiment, options: ExperimentOptions): Promise<ExperimentResult> {
  const session = new Session(experiment.settings, options);
  switch (experiment.kind) {
    case 'try-fix':
      return tryFix(experiment, session);
    case 'claim':
      return claim(experiment, session);
    case 'sweep':
      return sweep(experiment, session);
  }
}

/** Settings of the healthy run of an experiment. */
export function healthySettings({ settings, healthy, well }: TryFix): LabSettings {
  const base = well ?? { ...settings, perturbations: healthy.length > 0 ? settings.perturbations : [] };
  const changed = withArms(base, healthy);
  if (typeof changed === 'string') {
    throw new Error(changed);
  }
  return changed;
}

/** Whether the ill run is worse than the healthy one, plainly, with the first seed; undefined where it cannot be told. */
export async function showsAtOnce(experiment: TryFix, options: ExperimentOptions): Promise<boolean | undefined> {
  const session = new Session(experiment.settings, { ...options, seeds: 1 });
  const { healthy, baseline } = await firstRuns(experiment, session);
  const metric = METRICS[experiment.metric];
  return pairsOf(healthy, baseline, metric).length === 0 ? undefined : isWorse(healthy, baseline, metric);
}

async function firstRuns(
  experiment: TryFix,
  session: Session,
): Promise<{ readonly healthy: Outcomes; readonly baseline: Outcomes }> {
  const outcomes = await session.train(
    new Map([
      [HEALTHY, healthySettings(experiment)],
      [BASELINE, experiment.settings],
    ]),
  );
  return { healthy: outcomes.get(HEALTHY)!, baseline: outcomes.get(BASELINE)! };
}

async function tryFix(experiment: TryFix, session: Session): Promise<ExperimentResult> {
  const { metric, arms } = experiment;
  const { healthy, baseline } = await firstRuns(experiment, session);
  const { arm: _arm, verdict: _verdict, ...reproduction } = verdictOf(BASELINE, healthy, baseline, metric);
  const reproduced = isWorse(healthy, baseline, METRICS[metric]);
  session.options.onReproduction?.(reproduction, reproduced);
  if (!reproduced) {
    return session.result(experiment, { reproduction, verdicts: arms.map(notTried(metric, reproduction.seeds)) });
  }
  const verdicts = await judged(arms, baseline, metric, session);
  return session.result(experiment, { reproduced, reproduction, verdicts });
}

/** A symptom that was not seen is one that did not show only where there were runs to see it in. */
function notTried(metric: MetricId, pairs: number): (arm: string) => ArmVerdict {
  return pairs === 0
    ? (arm) => unknown(arm, metric, 'not tried: the runs that would show the symptom did not come to their end')
    : (arm) => ({
        ...unknown(
          arm,
          metric,
          'the symptom did not show on the proxy, so that nothing can be said about what would cure it',
        ),
        verdict: 'not-reproduced',
      });
}

async function claim(experiment: Claim, session: Session): Promise<ExperimentResult> {
  const { settings, metric, arm, expected } = experiment;
  const changed = withArms(settings, [arm]);
  if (typeof changed === 'string') {
    throw new Error(changed);
  }
  const outcomes = await session.train(
    new Map([
      [BASELINE, settings],
      [arm, changed],
    ]),
  );
  const [baseline, treated] = [outcomes.get(BASELINE)!, outcomes.get(arm)!];
  const direction = directionBetween(baseline, treated, METRICS[metric]);
  return session.result(experiment, {
    reproduced: direction === expected,
    expected,
    verdicts: [verdictOf(arm, baseline, treated, metric)],
  });
}

async function sweep(experiment: Sweep, session: Session): Promise<ExperimentResult> {
  const { settings, learningRates, arms } = experiment;
  const labels = new Map<string, LabSettings>();
  const label = (arm: string, rate: number): string => `${arm}-lr${rate}`;
  for (const arm of [BASELINE, ...arms]) {
    const changed = arm === BASELINE ? settings : withArms(settings, [arm]);
    if (typeof changed === 'string') {
      session.problems.push(`${arm}: ${changed}`);
      continue;
    }
    for (const learningRate of learningRates) {
      labels.set(label(arm, learningRate), { ...changed, optimizer: { ...changed.optimizer, learningRate } });
    }
  }
  const outcomes = await session.train(labels);
  const sensitivities = [BASELINE, ...arms].map((arm): Sensitivity => {
    const points = learningRates.map((learningRate) => ({
      learningRate,
      losses: valuesOf(outcomes.get(label(arm, learningRate)) ?? [], METRICS['held-out-loss']),
    }));
    return { arm, sensitivity: sensitivityOf(points), unit: METRICS['held-out-loss'].unit, points };
  });
  return session.result(experiment, {
    reproduced: sensitivities.every(({ sensitivity }) => sensitivity !== null),
    sensitivities,
  });
}

/** Mean over learning rates of the loss above the best one; losses are bounded by the first one as it is. */
export function sensitivityOf(points: Sensitivity['points']): number | null {
  const means = points.map(({ losses }) => losses.reduce((sum, value) => sum + value, 0) / losses.length);
  if (means.length === 0 || !means.every(Number.isFinite)) {
    return null;
  }
  const best = Math.min(...means);
  return means.reduce((sum, value) => sum + value - best, 0) / means.length;
}

async function judged(
  arms: readonly string[],
  baseline: Outcomes,
  metric: MetricId,
  session: Session,
): Promise<ArmVerdict[]> {
  const refused = new Map<string, string>();
  const labels = new Map<string, LabSettings>();
  for (const arm of arms) {
    const changed = withArms(session.settings, [arm]);
    if (typeof changed === 'string') {
      refused.set(arm, changed);
    } else {
      labels.set(arm, changed);
    }
  }
  const outcomes = await session.trainInTurn(labels, (arm, runs) => {
    session.options.onVerdict?.(verdictOf(arm, baseline, runs, metric));
  });
  return arms.map((arm) => {
    const reason = refused.get(arm);
    return reason === undefined ? verdictOf(arm, baseline, outcomes.get(arm)!, metric) : unknown(arm, metric, reason);
  });
}
