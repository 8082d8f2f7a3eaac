import type { RunFacts } from '../../lab/lab.js';
import type { Call } from '../../loops/loopPlaces.js';
import { numberValue, stringValue, textOf } from '../../loops/python/expressions.js';
import { constructorsOf } from '../../loops/python/networkClasses.js';
import type { PythonModule } from '../../loops/python/pythonModule.js';
import { findResidualBlocks } from '../../loops/python/residualBlocks.js';
import type { ResidualBranch } from '../../loops/python/residualBlocks.js';
import type { PythonAnalysis, SettingsAnalysis, SourceAnalysis } from '../../loops/sourceAnalysis.js';
import { childOf } from '../../loops/syntax/syntaxNode.js';
import type { SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { namedFacts } from './namedFacts.js';

/** Names under which models keep their size; see {@link namedFacts}. */
const SIZE_NAMES = [
  ...['width', 'd_model', 'n_embd', 'hidden_size', 'embed_dim', 'emb_dim', 'model_dim', 'dim'],
  ...['depth', 'n_layer', 'n_layers', 'num_layers', 'num_hidden_layers'],
];
/** A norm of queries or keys among what an attention keeps. */
const QUERY_NORM = /^(?:q|k|query|key)_?(?:layer)?_?(?:norm|ln)$|^(?:norm|ln)_?(?:q|k|query|key)$/;

/**
 * What a source file says of the run: optimizer, its numbers, clipping, and how the model's blocks are normalised. Only
 * what is written plainly: a number that two places give differently is not known.
 * @param line of the loop that is meant, from 0; the first of the file otherwise.
 */
export function factsOfSource(analysis: SourceAnalysis, line?: number): RunFacts {
  switch (analysis.language) {
    case 'python':
      return pythonFacts(analysis, line);
    case 'settings':
      return settingsFacts(analysis);
    case 'javascript':
      return loopFacts(analysis, line);
  }
}

function settingsFacts({ sources }: SettingsAnalysis): RunFacts {
  return namedFacts(sources.flatMap(({ settings }) => settings.map(({ name, current }) => [name, current] as const)));
}

function loopFacts({ loops }: SourceAnalysis, line?: number): RunFacts {
  const loop = loops.find(({ from, to }) => line !== undefined && line >= from.line && line <= to.line) ?? loops[0];
  return {
    ...(loop?.optimizer != null && { optimizer: loop.optimizer }),
    ...(loop?.clipping.kind === 'norm' && loop.clipping.limit !== undefined && { clipNorm: loop.clipping.limit }),
  };
}

function pythonFacts(analysis: PythonAnalysis, line?: number): RunFacts {
  const { module, found } = analysis;
  const meant = found.find(({ loop: { from, to } }) => line !== undefined && line >= from.line && line <= to.line);
  const places = (meant ?? found[0])?.places;
  const calls: Call[] = [
    ...(places?.optimizers.flatMap(({ call }) => call ?? []).slice(0, 1) ?? []),
    ...(places?.arguments.map(({ call }) => call) ?? []),
  ];
  const rate = places?.optimizers[0]?.learningRate;
  return {
    ...namedFacts(SIZE_NAMES.map((name) => [name, numberNamed(name, module)] as const)),
    ...loopFacts(analysis, line),
    ...(rate && namedFacts([['lr', numberAt(rate, module)]])),
    ...namedFacts(calls.flatMap(({ keywords }) => [...keywords].map(([name, node]) => [name, valueAt(node, module)]))),
    ...blockFacts(module),
  };
}

function blockFacts(module: PythonModule): RunFacts {
  const blocks = findResidualBlocks(module);
  const branches = blocks.flatMap((block) => block.branches);
  const placements = new Set(branches.map(placementOf));
  const [placement] = placements;
  const norms = branches.flatMap(({ inputNorm, sumNorm, outputNorm }) =>
    [inputNorm?.norm, sumNorm?.norm, outputNorm].flatMap((norm) =>
      norm ? constructorsOf(module.text, norm.assignment.value) : [],
    ),
  );
  const qkNorm = module.assignments.some(({ target }) => QUERY_NORM.test(target.replace(/^self\./, '')));
  return {
    ...(placements.size === 1 && placement !== undefined && { placement }),
    ...(norms.length > 0 && { norm: norms.every((name) => /rms/i.test(name)) ? 'rms' : 'layer' }),
    ...(qkNorm && { qkNorm }),
  };
}

function placementOf({ inputNorm, outputNorm, sumNorm }: ResidualBranch): NonNullable<RunFacts['placement']> {
  if (sumNorm !== null) {
    return 'post';
  }
  return inputNorm === null ? 'none' : outputNorm === null ? 'pre' : 'peri';
}

function valueAt(node: SyntaxNode, module: PythonModule): unknown {
  const several = ['tuple', 'list'].includes(node.type) ? node.children : undefined;
  return several?.map((one) => numberAt(one, module)) ?? numberAt(node, module) ?? stringValue(module.text, node);
}

/** A number, or the number that a name stands for wherever the file gives it. */
function numberAt(node: SyntaxNode, module: PythonModule): number | null {
  const literal = numberValue(module.text, node);
  if (literal !== null || !['identifier', 'attribute'].includes(node.type)) {
    return literal;
  }
  return numberNamed(textOf(module.text, node).split('.').at(-1) ?? '', module);
}

/** The one number that assignments, defaults of parameters and `add_argument("--name", default=…)` give to a name. */
function numberNamed(name: string, module: PythonModule): number | null {
  const { text, assignments, functions } = module;
  const assigned = assignments.filter(({ target }) => target === name).map(({ value }) => value);
  const defaults = functions
    .flatMap(({ parameters }) => parameters.filter((parameter) => parameter.name === name))
    .flatMap(({ node }) => childOf(node, 'value') ?? []);
  const options = module
    .callsNamed('add_argument')
    .filter(({ positional: [first] }) => stringValue(text, first)?.replace(/^-+/, '').replaceAll('-', '_') === name)
    .flatMap(({ keywords }) => keywords.get('default') ?? []);
  const values = new Set([...assigned, ...defaults, ...options].flatMap((node) => numberValue(text, node) ?? []));
  const [value] = values;
  return values.size === 1 ? (value ?? null) : null;
}
