import { childOf, contains, walk, type SyntaxNode } from '../syntax/syntaxNode.js';
import { readCall, textOf, type Call } from './expressions.js';
import { findNetworkClasses, submoduleAt, type NetworkClass, type Submodule } from './networkClasses.js';
import type { PythonFunction, PythonModule } from './pythonModule.js';

/** A class that puts the nearest code of a learned codebook in the place of what it is given. */
export interface VectorQuantizer {
  readonly network: NetworkClass;
  /** The codebook: `self.embedding = nn.Embedding(n, d)`, or `self.codebook = nn.Parameter(torch.randn(n, d))`. */
  readonly codebook: Submodule;
  /** Its weights as they are read: "self.embedding.weight". */
  readonly weights: string;
  /** Source of the number of features of a code. */
  readonly features: SyntaxNode;
  /** Reads of the codebook in methods, `__init__` left out. */
  readonly reads: readonly CodebookRead[];
  /** Statements of `__init__` that set the codebook's first values. */
  readonly initialised: readonly SyntaxNode[];
  /** The codebook is moved by something else than its gradient. */
  readonly movedByHand: SyntaxNode | null;
}

export interface CodebookRead {
  readonly method: PythonFunction;
  /** `self.embedding.weight`, or the call `self.embedding(indices)`. */
  readonly node: SyntaxNode;
  readonly lookup: SyntaxNode | null;
}

const NEAREST = /^(?:argmin|cdist|topk|min|argmax)$/;

/** The quantizers of a Python text, in source order. */
export function findVectorQuantizers(module: PythonModule): readonly VectorQuantizer[] {
  return findNetworkClasses(module).flatMap((network) =>
    network.submodules.flatMap((codebook) => read(codebook, network, module) ?? []),
  );
}

function read(codebook: Submodule, network: NetworkClass, module: PythonModule): VectorQuantizer | null {
  const { text } = module;
  const built = readCall(text, codebook.assignment.value);
  const features = built && featuresOf(built, text);
  const embedding = built?.name === 'Embedding';
  if (!built || !features) {
    return null;
  }
  const attribute = `self.${codebook.name}`;
  const weights = embedding ? `${attribute}.weight` : attribute;
  const methods = network.methods.filter(({ name }) => name !== '__init__');
  const inMethod = (node: SyntaxNode) => methods.find((method) => contains(method.node, node));
  const all = [...walk(network.node)].filter(
    (node) => node.type === 'attribute' && /^self\.\w+(?:\.weight)?$/.test(textOf(text, node)),
  );
  const reads = all.flatMap((node): readonly CodebookRead[] => {
    const method = inMethod(node);
    const written = textOf(text, node);
    const call = node.field === 'function' ? node.parent : null;
    const outer = node.parent?.type === 'attribute' && textOf(text, node.parent) === weights;
    if (!method || outer) {
      return [];
    }
    if (written === weights && !call) {
      return [{ method, node, lookup: null }];
    }
    const [indices] = (call && readCall(text, call)?.positional) ?? [];
    return embedding && written === attribute && call && indices ? [{ method, node: call, lookup: indices }] : [];
  });
  const projected = projectionOf({ network, weights }, module) !== null;
  const compares = methods.some(
    (method) =>
      reads.some((each) => each.method === method && each.lookup === null) &&
      module.calls.some(({ owner, name }) => owner === method && NEAREST.test(name)) &&
      (projected || isDistance(method, weights, module)),
  );
  if (!compares) {
    return null;
  }
  const initialised = module.calls
    .filter(({ owner, name, node, positional }) => {
      const inPlace = new RegExp(`^${attribute.replace('.', '\\.')}(?:\\.weight)?(?:\\.data)?\\.`).test(
        textOf(text, node),
      );
      const first = positional[0] ? textOf(text, positional[0]).replace(/\.data$/, '') : '';
      return owner === network.constructor && /_$/.test(name) && (inPlace || first === weights);
    })
    .map(({ node }) => node);
  return {
    network,
    codebook,
    weights,
    features,
    reads,
    initialised,
    movedByHand: movedByHand(network, weights, methods, module),
  };
}

/** Squares or distances of the codebook and what is given; the weights of a language model's embedding have none. */
function isDistance(method: PythonFunction, weights: string, module: PythonModule): boolean {
  const { text } = module;
  return module.calls.some(
    ({ owner, node, name }) =>
      owner === method &&
      textOf(text, node).includes(weights) &&
      (name === 'cdist' || /(?:\*\*\s*2|\.pow\(2\)|square|norm)/.test(textOf(text, node))),
  );
}

function featuresOf({ name, positional, keywords, spread }: Call, text: string): SyntaxNode | null {
  if (spread) {
    return null;
  }
  if (name === 'Embedding') {
    return keywords.get('embedding_dim') ?? positional[1] ?? null;
  }
  const values = name === 'Parameter' && positional[0] ? readCall(text, positional[0]) : null;
  return values && /^(?:randn|rand|zeros|empty|Tensor|FloatTensor)$/.test(values.name) && values.positional.length === 2
    ? (values.positional[1] ?? null)
    : null;
}

/** Moving averages, or values that are written into the codebook while it trains. */
function movedByHand(
  network: NetworkClass,
  weights: string,
  methods: readonly PythonFunction[],
  module: PythonModule,
): SyntaxNode | null {
  const { text } = module;
  const averages = network.submodules.find(({ name }) => /ema|cluster_size|embed_avg/i.test(name));
  const buffer = module.calls.find(
    ({ owner, name, positional }) =>
      owner === network.constructor &&
      name === 'register_buffer' &&
      positional[0] !== undefined &&
      /ema|cluster_size|embed_avg/i.test(textOf(text, positional[0])),
  );
  const inMethods = (node: SyntaxNode) => methods.some((method) => contains(method.node, node));
  const written = module.assignments.find(
    ({ target, statement }) => target.replace(/\.data$/, '') === weights && inMethods(statement),
  );
  const copied = module.calls.find(
    ({ name, receiver, node }) =>
      /^(?:copy_|lerp_|mul_|add_|index_copy_|scatter_)$/.test(name) &&
      receiver !== null &&
      textOf(text, receiver).startsWith(weights) &&
      inMethods(node),
  );
  return averages?.assignment.statement ?? buffer?.node ?? written?.statement ?? copied?.node ?? null;
}

/** A layer of the class that the codebook goes through wherever it is read: `self.proj(self.embedding.weight)`. */
export function projectionOf(
  { network, weights }: Pick<VectorQuantizer, 'network' | 'weights'>,
  module: PythonModule,
): SyntaxNode | null {
  const call = module.calls.find(
    ({ owner, callee, positional }) =>
      network.methods.includes(owner) &&
      submoduleAt(callee, network) !== null &&
      positional[0] !== undefined &&
      textOf(module.text, positional[0]) === weights,
  );
  return call?.node ?? null;
}

/** The first statement of a method behind its documentation. */
export function firstStatement({ node }: PythonFunction): SyntaxNode | null {
  const statements = (childOf(node, 'body')?.children ?? []).filter(({ type }) => type !== 'comment');
  return statements.find(({ children }) => children[0]?.type !== 'string') ?? null;
}
