import type { RunFacts } from '../../lab/lab.js';

/** Facts that are numbers, by the names that programs give them: lower case without separators. */
const NUMBERS: Readonly<Record<string, keyof RunFacts>> = {
  ...named('learningRate', 'lr', 'lr0', 'learningrate', 'baselr', 'maxlr', 'peaklr', 'initiallr', 'initlr'),
  ...named('beta1', 'beta1', 'adambeta1', 'b1'),
  ...named('beta2', 'beta2', 'adambeta2', 'b2'),
  ...named('epsilon', 'eps', 'epsilon', 'adamepsilon', 'adameps'),
  ...named('weightDecay', 'weightdecay', 'wd'),
  ...named('clipNorm', 'maxgradnorm', 'gradclip', 'clipgrad', 'clipgradnorm', 'gradientclipval', 'gradientclipping'),
  ...named('clipNorm', 'gradnormclip', 'gradclipnorm', 'clipnorm', 'maxnorm', 'globalclipnorm'),
  ...named('width', 'dmodel', 'nembd', 'hiddensize', 'embeddim', 'embdim', 'modeldim', 'dim', 'width'),
  ...named('depth', 'nlayer', 'nlayers', 'numlayers', 'numhiddenlayers', 'depth', 'layers'),
  ...named('warmupShare', 'warmupratio', 'warmupfraction', 'warmupshare'),
};
const WARMUP_STEPS: ReadonlySet<string> = new Set(['warmupsteps', 'warmupiters', 'numwarmupsteps', 'warmup']);
const ALL_STEPS: ReadonlySet<string> = new Set([
  ...['maxsteps', 'maxiters', 'trainsteps', 'trainiters', 'numtrainsteps', 'maxtrainsteps', 'totalsteps'],
  ...['totaltrainingsteps', 'numiterations', 'numsteps', 'steps', 'numtrainingsteps', 'maxiter'],
]);
const OPTIMIZER: ReadonlySet<string> = new Set(['optim', 'optimizer', 'optimiser', 'optimizername', 'optimizertype']);
const BETAS: ReadonlySet<string> = new Set(['betas', 'adambetas']);

/** What an optimizer is called in configurations, without what a library adds: "adamw_torch_fused". */
const OPTIMIZER_NAME = /^(adamw|adam|sgd|radam|amsgrad|adamp|lion|spam|muon)(?:$|[_ -])/i;

/** Bounds beyond which a value of that name means something else. */
const BOUNDS: Readonly<Partial<Record<keyof RunFacts, readonly [number, number]>>> = {
  learningRate: [1e-9, 1e3],
  beta1: [0, 0.9999],
  beta2: [0, 0.99999],
  epsilon: [0, 1],
  weightDecay: [0, 10],
  clipNorm: [1e-6, 1e9],
  width: [1, 1e6],
  depth: [1, 1000],
  warmupShare: [0, 1],
};

/**
 * Facts from names and values, as configurations and calls have them.
 * @param values by name; of a path ("optimizer/lr") the last part counts. What comes later wins.
 */
export function namedFacts(values: Iterable<readonly [string, unknown]>): RunFacts {
  const facts: Record<string, unknown> = {};
  let warmupSteps: number | undefined;
  let allSteps: number | undefined;
  for (const [key, given] of values) {
    const name = (key.split(/[/.]/).at(-1) ?? '').toLowerCase().replaceAll(/[^a-z0-9]/g, '');
    const value = typeof given === 'string' && given.trim() !== '' ? numberOr(given) : given;
    if (typeof value === 'number') {
      const fact = NUMBERS[name];
      // A limit of zero is how several programs say "none".
      if (fact !== undefined && isWithin(BOUNDS[fact], value)) {
        facts[fact] = value;
      }
      warmupSteps = WARMUP_STEPS.has(name) ? value : warmupSteps;
      allSteps = ALL_STEPS.has(name) && value > 0 ? value : allSteps;
    } else if (OPTIMIZER.has(name) && typeof value === 'string') {
      facts['optimizer'] = OPTIMIZER_NAME.exec(value)?.[1]?.toLowerCase() ?? value.toLowerCase();
    } else if (BETAS.has(name) && Array.isArray(value) && value.length === 2) {
      Object.assign(facts, namedFacts([['beta1', value[0]], ['beta2', value[1]]])); // prettier-ignore
    }
  }
  if (warmupSteps !== undefined && allSteps !== undefined && facts['warmupShare'] === undefined) {
    const share = warmupSteps < 1 ? warmupSteps : warmupSteps / allSteps;
    facts['warmupShare'] = Math.min(1, Math.max(0, share));
  }
  return facts;
}

function named(fact: keyof RunFacts, ...names: readonly string[]): Record<string, keyof RunFacts> {
  return Object.fromEntries(names.map((name) => [name, fact]));
}

function numberOr(text: string): number | string {
  const value = Number(text);
  return Number.isNaN(value) ? text : value;
}

function isWithin(bounds: readonly [number, number] | undefined, value: number): boolean {
  return bounds === undefined || (value >= bounds[0] && value <= bounds[1]);
}
