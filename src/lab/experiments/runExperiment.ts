import { withArms } from '../arms/arms.js';
import type { BackendId } from '../backend.js';
import type { LabSettings } from '../settings.js';
import { parameterCount } from '../shapes.js';
import { directionOf, FEWEST_PAIRS, pairedEffect } from '../statistics.js';
import type { Direction } from '../statistics.js';
import type { Claim, Experiment, Sweep, TryFix } from './experiment.js';
import { METRICS } from './metrics.js';
import type { Metric, MetricId } from './metrics.js';
import { RunQueue } from './queue.js';
import type { QueueOptions, RunOutcome } from './queue.js';
import type { ArmVerdict, ExperimentResult, Sensitivity, Verdict } from './result.js';
import { RunStore } from './runStore.js';
import type { RunSpecification } from './runStore.js';

/** How an experiment is to be run. */
export interface ExperimentOptions extends Omit<QueueOptions, 'deadline'> {
  /** Where runs are kept. */
  readonly folder: string;
  /** Paired seeds: 0, 1, … */
  readonly seeds: number;
  /** Seconds after which no more is done. */
  readonly budget: number;
}

const BASELINE = 'baseline';
const HEALTHY = 'healthy';

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

/** Outcomes of one arm by seed. */
type Outcomes = readonly RunOutcome[];

/** The runs of one experiment: they share a queue, a clock and a list of what went wrong. */
class Session {
  readonly settings: LabSettings;
  readonly problems: string[] = [];
  readonly seeds: readonly number[];
  readonly backend: BackendId;
  versions = '';
  private readonly store: RunStore;
  private readonly queue: RunQueue;
  private readonly options: ExperimentOptions;
  private readonly begun: number;
  private missing = 0;

  constructor(settings: LabSettings, options: ExperimentOptions) {
    this.settings = settings;
    this.options = options;
    this.begun = options.now();
    this.seeds = Array.from({ length: options.seeds }, (_, seed) => seed);
    this.backend = options.backend;
    this.store = new RunStore(options.folder);
    this.queue = new RunQueue(this.store, { ...options, deadline: this.begun + options.budget * 1000 });
  }

  /** Trains the settings of each label with each seed, one seed of all before the next; outcomes by label. */
  async train(labels: ReadonlyMap<string, LabSettings>): Promise<Map<string, Outcomes>> {
    const runs: RunSpecification[] = this.seeds.flatMap((seed) =>
      [...labels].map(([label, settings]) => ({ label, settings, seed, backend: this.backend })),
    );
    const outcomes = await this.queue.run(runs);
    for (const [index, outcome] of outcomes.entries()) {
      this.note(runs[index]!, outcome);
    }
    return new Map(
      [...labels.keys()].map((label) => [label, outcomes.filter((_, index) => runs[index]!.label === label)]),
    );
  }

  result(of: Experiment, more: Partial<ExperimentResult>): ExperimentResult {
    const { now, budget, signal } = this.options;
    const seconds = (now() - this.begun) / 1000;
    const stopped = signal?.aborted ? 'was interrupted' : `had a budget of ${budget} s`;
    const problems =
      this.missing > 0
        ? [
            ...this.problems,
            `the experiment ${stopped}: ${this.missing} runs are missing; the same command goes on from here`,
          ]
        : this.problems;
    return {
      version: 1,
      experiment: of.id,
      title: of.title,
      kind: of.kind,
      reproduced: false,
      reproduction: null,
      expected: null,
      proxy: { parameters: parameterCount(this.settings), settings: this.settings, rules: of.rules },
      backend: this.backend,
      versions: this.versions,
      seeds: this.seeds,
      verdicts: [],
      sensitivities: [],
      complete: problems.length === 0,
      seconds,
      runs: this.store.folder,
      problems,
      ...more,
    };
  }

  private note({ label, seed }: RunSpecification, outcome: RunOutcome): void {
    switch (outcome.kind) {
      case 'done':
        this.versions = outcome.versions;
        break;
      case 'stopped':
        this.missing += 1;
        break;
      case 'failed':
        this.problems.push(`${label}, seed ${seed}: ${outcome.reason}`);
    }
  }
}

async function tryFix(experiment: TryFix, session: Session): Promise<ExperimentResult> {
  const { settings, metric, arms, healthy } = experiment;
  const well = withArms({ ...settings, perturbations: healthy.length > 0 ? settings.perturbations : [] }, healthy);
  if (typeof well === 'string') {
    throw new Error(well);
  }
  const first = await session.train(
    new Map([
      [HEALTHY, well],
      [BASELINE, settings],
    ]),
  );
  const baseline = first.get(BASELINE)!;
  const { arm: _arm, verdict: _verdict, ...reproduction } = verdictOf(BASELINE, first.get(HEALTHY)!, baseline, metric);
  const reproduced = isWorse(first.get(HEALTHY)!, baseline, METRICS[metric]);
  if (!reproduced) {
    const note = 'the symptom did not show on the proxy, so that nothing can be said about what would cure it';
    return session.result(experiment, {
      reproduction,
      verdicts: arms.map((arm) => ({ ...unknown(arm, metric, note), verdict: 'not-reproduced' })),
    });
  }
  const verdicts = await judged(arms, baseline, metric, session);
  return session.result(experiment, { reproduced, reproduction, verdicts });
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
  const outcomes = await session.train(labels);
  return arms.map((arm) => {
    const reason = refused.get(arm);
    return reason === undefined ? verdictOf(arm, baseline, outcomes.get(arm)!, metric) : unknown(arm, metric, reason);
  });
}

function unknown(arm: string, metric: MetricId, note: string): ArmVerdict {
  const { unit } = METRICS[metric];
  return {
    arm,
    verdict: 'unclear',
    effect: null,
    interval: null,
    unit,
    seeds: 0,
    metric,
    baseline: null,
    value: null,
    note,
  };
}

/** Values of the seeds for which both runs are there. */
function pairsOf(baseline: Outcomes, treated: Outcomes, metric: Metric): { before: number; after: number }[] {
  return baseline.flatMap((one, index) => {
    const other = treated[index];
    if (one.kind !== 'done' || other?.kind !== 'done') {
      return [];
    }
    const pair = { before: metric.of(one.curves), after: metric.of(other.curves) };
    return Number.isFinite(pair.before) && Number.isFinite(pair.after) ? [pair] : [];
  });
}

function valuesOf(outcomes: Outcomes, metric: Metric): number[] {
  return outcomes.flatMap((outcome) => (outcome.kind === 'done' ? [metric.of(outcome.curves)] : []));
}

function directionBetween(baseline: Outcomes, treated: Outcomes, metric: Metric): Direction {
  const differences = pairsOf(baseline, treated, metric).map(({ before, after }) => after - before);
  return directionOf(pairedEffect(differences), metric.smallest);
}

function verdictOf(arm: string, baseline: Outcomes, treated: Outcomes, id: MetricId): ArmVerdict {
  const metric: Metric = METRICS[id];
  const pairs = pairsOf(baseline, treated, metric);
  if (pairs.length === 0) {
    return unknown(arm, id, 'no pair of runs came to its end with this number');
  }
  const effect = pairedEffect(pairs.map(({ before, after }) => after - before));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    arm,
    verdict: wordFor(directionOf(effect, metric.smallest), metric),
    effect: effect.mean,
    interval: effect.interval,
    unit: metric.unit,
    seeds: effect.pairs,
    metric: id,
    baseline: mean(pairs.map(({ before }) => before)),
    value: mean(pairs.map(({ after }) => after)),
    note: noteOn(effect.pairs, baseline.length),
  };
}

function noteOn(pairs: number, planned: number): string | null {
  const missing = planned - pairs;
  const notes = [
    ...(missing > 0 ? [`${missing} of ${planned} pairs of runs are missing`] : []),
    ...(pairs < FEWEST_PAIRS ? [`nothing is claimed from fewer than ${FEWEST_PAIRS} pairs`] : []),
  ];
  return notes.length > 0 ? notes.join('; ') : null;
}

function wordFor(direction: Direction, { better }: Metric): Verdict {
  if (direction === 'no-effect' || direction === 'unclear') {
    return direction;
  }
  return direction === better ? 'helps' : 'hurts';
}

/** Multiple of the smallest effect that matters by which every ill run must be worse, where seeds are few. */
const PLAIN = 3;

/** Whether the ill runs are worse than the healthy ones: by the interval, or plainly with every single seed. */
function isWorse(healthy: Outcomes, ill: Outcomes, metric: Metric): boolean {
  const sign = metric.better === 'lower' ? 1 : -1;
  const differences = pairsOf(healthy, ill, metric).map(({ before, after }) => sign * (after - before));
  return (
    directionOf(pairedEffect(differences), metric.smallest) === 'higher' ||
    (differences.length > 0 && differences.every((difference) => difference >= PLAIN * metric.smallest))
  );
}
