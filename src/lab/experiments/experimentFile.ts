import { messageOf } from '../../base/errorMessage.js';
import { failure, ok } from '../../base/result.js';
import type { Result } from '../../base/result.js';
import { SYMPTOMS } from '../../model/symptom.js';
import type { Symptom } from '../../model/symptom.js';
import { armNamed } from '../arms/arms.js';
import { choice, count, isObject, number, readFields } from '../fields.js';
import type { Fields } from '../fields.js';
import { OPTIMIZERS, PLACEMENTS, readSettings } from '../settings.js';
import type { Experiment, TryFix } from './experiment.js';
import { EXPERIMENTS, experimentNamed, STANDARD_EXPERIMENT } from './experiments.js';
import { isMetric, METRICS } from './metrics.js';
import { proxyExperiment } from './proxy.js';

/** What an experiment file asks for; the command line may say more. */
export interface ExperimentRequest {
  readonly experiment: Experiment;
  readonly seeds?: number;
  /** Seconds. */
  readonly budget?: number;
}

const KEYS = [
  'experiment',
  'title',
  'settings',
  'run',
  'symptom',
  'arms',
  'healthy',
  'metric',
  'learningRates',
  'seeds',
  'budget',
];

/**
 * Reads an experiment file:
 * `{ "experiment": "a ready one", "settings": {…}, "arms": ["warmup"], "healthy": [], "metric": "held-out-loss",
 * "learningRates": [1e-3, …], "run": { facts of a real run }, "symptom": "divergence", "seeds": 3, "budget": 180 }`.
 * Everything may be left out; `learningRates` makes it a sweep, `run` shapes the proxy after a run.
 */
export function readExperiment(text: string): Result<ExperimentRequest> {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    return failure(`is not JSON: ${messageOf(error)}`);
  }
  if (!isObject(given)) {
    return failure('must be an object: { "experiment": "…", "arms": ["…"] }');
  }
  const strange = Object.keys(given).find((key) => !KEYS.includes(key));
  if (strange !== undefined) {
    return failure(`has an unknown key "${strange}"; there are ${KEYS.join(', ')}`);
  }
  const limits = readFields(
    { seeds: count(3, 1, 100), budget: number(180, 1, 1e6) },
    pick(given, ['seeds', 'budget']),
    'the file',
  );
  if (!limits.ok) {
    return limits;
  }
  const experiment = given['run'] === undefined ? ready(given) : ofRun(given);
  if (!experiment.ok) {
    return experiment;
  }
  const finished = withSettings(experiment.value, given);
  return finished.ok
    ? ok({
        experiment: finished.value,
        ...(typeof given['seeds'] === 'number' && { seeds: given['seeds'] }),
        ...(typeof given['budget'] === 'number' && { budget: given['budget'] }),
      })
    : finished;
}

/** The experiment with other arms: those of a claim or a sweep become those of a try. */
export function withOtherArms(experiment: Experiment, arms: readonly string[]): Result<Experiment> {
  const unknown = arms.flatMap((arm) => arm.split('+')).find((arm) => armNamed(arm) === undefined);
  if (unknown !== undefined) {
    return failure(`there is no arm "${unknown}": evenkeel lab --list names them`);
  }
  if (arms.length === 0) {
    return ok(experiment);
  }
  if (experiment.kind === 'claim') {
    return failure(
      `${experiment.id} holds one arm against what a paper says: name another experiment, or none, with --arm`,
    );
  }
  return ok({ ...experiment, arms: [...new Set(arms)] });
}

type Given = Readonly<Record<string, unknown>>;

function pick(given: Given, names: readonly string[]): Given {
  return Object.fromEntries(names.filter((name) => name in given).map((name) => [name, given[name]]));
}

function ready(given: Given): Result<Experiment> {
  const name = given['experiment'];
  if (name === undefined) {
    return ok({ ...STANDARD_EXPERIMENT, id: 'custom', title: 'An experiment of your own' });
  }
  const found = typeof name === 'string' ? experimentNamed(name) : undefined;
  return found === undefined
    ? failure(`experiment must be one of ${EXPERIMENTS.map(({ id }) => id).join(', ')}`)
    : ok(found);
}

const FACTS: Fields = {
  placement: choice(...PLACEMENTS),
  norm: choice('layer', 'rms'),
  depth: count(12, 1, 1000),
  width: count(768, 1, 1_000_000),
  learningRate: number(1e-3, 0, 1e3),
  beta1: number(0.9, 0, 0.9999),
  beta2: number(0.95, 0, 0.99999),
  epsilon: number(1e-8, 0, 1),
  weightDecay: number(0, 0, 10),
  clipNorm: number(1, 0, 1e9),
  warmupShare: number(0, 0, 1),
  schedule: choice('constant', 'linear', 'cosine', 'restarts', 'wsd', '1cycle'),
};

function ofRun(given: Given): Result<TryFix> {
  const { run, symptom = 'divergence', arms = STANDARD_EXPERIMENT.arms } = given;
  const known = readFields(FACTS, run, 'run', ['optimizer', 'qkNorm']);
  if (!known.ok) {
    return known;
  }
  const facts = run as Given;
  if (facts['optimizer'] !== undefined && typeof facts['optimizer'] !== 'string') {
    return failure(`run.optimizer must be a word such as ${OPTIMIZERS[0]}`);
  }
  if (facts['qkNorm'] !== undefined && typeof facts['qkNorm'] !== 'boolean') {
    return failure('run.qkNorm must be true or false');
  }
  if (!(SYMPTOMS as readonly unknown[]).includes(symptom)) {
    return failure(`symptom must be one of ${SYMPTOMS.join(', ')}`);
  }
  return isWords(arms) ? proxyExperiment(facts, symptom as Symptom, arms) : failure('arms must be a list of names');
}

function withSettings(experiment: Experiment, given: Given): Result<Experiment> {
  const { title, healthy, metric, learningRates, arms = 'arms' in experiment ? experiment.arms : undefined } = given;
  const settings =
    given['settings'] === undefined
      ? ok(experiment.settings)
      : readSettings(merged(experiment.settings, given['settings']));
  if (!settings.ok) {
    return settings;
  }
  if (metric !== undefined && !isMetric(metric)) {
    return failure(`metric must be one of ${Object.keys(METRICS).join(', ')}`);
  }
  for (const [name, words] of Object.entries({ arms, healthy })) {
    if (words !== undefined && !isWords(words)) {
      return failure(`${name} must be a list of names`);
    }
  }
  const shaped = {
    ...experiment,
    settings: settings.value,
    ...(typeof title === 'string' && { title }),
    ...(metric !== undefined && { metric }),
    ...(healthy !== undefined && { healthy: healthy as string[] }),
  } as Experiment;
  const unknown = [...((healthy ?? []) as string[])]
    .flatMap((arm) => arm.split('+'))
    .find((arm) => armNamed(arm) === undefined);
  if (unknown !== undefined) {
    return failure(`healthy: there is no arm "${unknown}": evenkeel lab --list names them`);
  }
  const swept = learningRates === undefined ? ok(shaped) : asSweep(shaped, learningRates);
  if (!swept.ok || arms === undefined || given['arms'] === undefined) {
    return swept;
  }
  return withOtherArms(swept.value, arms as string[]);
}

function asSweep(experiment: Experiment, learningRates: unknown): Result<Experiment> {
  const fits = (rate: unknown): boolean => typeof rate === 'number' && rate > 0 && rate <= 1e3;
  if (!Array.isArray(learningRates) || learningRates.length === 0 || !learningRates.every(fits)) {
    return failure('learningRates must be a list of numbers above 0');
  }
  const { id, title, papers, settings, rules } = experiment;
  return ok({ kind: 'sweep', id, title, papers, settings, rules, learningRates: learningRates as number[], arms: [] });
}

function isWords(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** What the file says, over what the experiment says; of another kind nothing is taken over. */
function merged(base: unknown, over: unknown): unknown {
  if (!isObject(base) || !isObject(over) || ('kind' in over && 'kind' in base && over['kind'] !== base['kind'])) {
    return over;
  }
  const result: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(over)) {
    result[name] = merged(base[name], value);
  }
  return result;
}
