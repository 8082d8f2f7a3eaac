import { childOf, contains, type SyntaxNode } from '../syntax/syntaxNode.js';
import { lastPart, readCall, textOf, type Call } from './expressions.js';
import {
  constructorsOf,
  findNetworkClasses,
  submoduleAt,
  type NetworkClass,
  type Submodule,
} from './networkClasses.js';
import type { LocatedCall, PythonFunction, PythonModule } from './pythonModule.js';
import { isFeatureNorm, type ResidualBlock, type ResidualBranch } from './residualBlocks.js';

/** The layers of a feed-forward sub-layer: a wide linear layer, an activation, and a linear layer back. */
export type FeedForward =
  | {
      /** `self.c_proj(F.gelu(self.c_fc(x)))`, in a class of its own or in a method of the block. */
      readonly kind: 'calls';
      readonly network: NetworkClass;
      readonly last: Submodule;
      /** What the last layer takes. */
      readonly input: SyntaxNode;
      /** Source of its number of input features. */
      readonly features: SyntaxNode;
      readonly normed: boolean;
    }
  | {
      /** `nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))`. */
      readonly kind: 'sequential';
      readonly network: NetworkClass;
      readonly held: Submodule;
      /** Place of the last linear layer among the others. */
      readonly index: number;
      readonly activation: SyntaxNode;
      readonly features: SyntaxNode;
      readonly normed: boolean;
    };

const ACTIVATION = /gelu|relu|silu|elu$|swish|mish$|tanh|sigmoid|glu$|^act(?:_fn|ivation)?\w*$|nonlin/i;

/** Whether a sub-layer of a block is attention, by what it is built of or what it is called. */
export function isAttention({ sublayer }: ResidualBranch, block: ResidualBlock, { text }: PythonModule): boolean {
  const held = submoduleAt(`self.${sublayer}`, block);
  const kinds = held ? constructorsOf(text, held.assignment.value) : [sublayer];
  return kinds.some((kind) => /att(?:n|en)|^_?(?:sa|mha|ca)_block$|^mha$|^msa$/i.test(lastPart(kind)));
}

/** The feed-forward layers that a branch of a block runs through; null where the file doesn't show them. */
export function feedForwardOf(
  { sublayer }: ResidualBranch,
  block: ResidualBlock,
  module: PythonModule,
): FeedForward | null {
  const held = submoduleAt(`self.${sublayer}`, block);
  if (!held) {
    const method = block.methods.find(({ name }) => name === sublayer);
    return method ? inFunction(method, block, module) : null;
  }
  const sequential = readCall(module.text, held.assignment.value);
  if (sequential?.name === 'Sequential') {
    return inSequential(sequential, held, block, module);
  }
  const [kind] = constructorsOf(module.text, held.assignment.value);
  const own = findNetworkClasses(module).find(({ name }) => name === kind);
  return own ? inFunction(own.forward, own, module) : null;
}

function inFunction(method: PythonFunction, network: NetworkClass, module: PythonModule): FeedForward | null {
  const calls = module.calls.filter(({ owner }) => owner === method);
  const linear = calls.filter((call) => linearOf(submoduleAt(call.callee, network), module) !== null);
  // The outermost call ends last, whether calls are nested or follow each other.
  const last = linear.toSorted((one, other) => other.node.end - one.node.end)[0];
  const held = last ? submoduleAt(last.callee, network) : null;
  const layer = linearOf(held, module);
  const [input] = last?.positional ?? [];
  const activated = calls.some((call) => last && call.node.start !== last.node.start && isActivation(call));
  if (!last || !held || !layer || !input || last.positional.length > 1 || linear.length < 2 || !activated) {
    return throughSequential(method, network, module);
  }
  const features = layer.keywords.get('in_features') ?? layer.positional[0];
  const normed = isNormed(input, last, network, module);
  return features ? { kind: 'calls', network, last: held, input, features, normed } : null;
}

/** `return self.net(x)`. */
function throughSequential(method: PythonFunction, network: NetworkClass, module: PythonModule): FeedForward | null {
  const calls = module.calls.filter(({ owner, callee }) => owner === method && submoduleAt(callee, network));
  const [only] = calls;
  const held = only ? submoduleAt(only.callee, network) : null;
  const sequential = held && readCall(module.text, held.assignment.value);
  return calls.length === 1 && held && sequential?.name === 'Sequential'
    ? inSequential(sequential, held, network, module)
    : null;
}

function inSequential(
  { positional, spread }: Call,
  held: Submodule,
  network: NetworkClass,
  module: PythonModule,
): FeedForward | null {
  const calls = positional.map((element) => readCall(module.text, element));
  const index = calls.findLastIndex((call) => call !== null && isLinear(call));
  const before = calls.slice(0, Math.max(index, 0));
  const activation = before.findLast((call) => call !== null && activates(call, module));
  const layer = calls[index];
  const features = layer?.keywords.get('in_features') ?? layer?.positional[0];
  if (spread || !activation || !features || !before.some((call) => call !== null && isLinear(call))) {
    return null;
  }
  const behind = before.slice(before.indexOf(activation) + 1);
  const inside = module.calls.filter(({ node }) => contains(activation.node, node));
  const normed = [...behind, ...inside].some((call) => call !== null && isFeatureNorm(call.name));
  return { kind: 'sequential', network, held, index, activation: activation.node, features, normed };
}

function linearOf(held: Submodule | null, module: PythonModule): Call | null {
  const call = held && readCall(module.text, held.assignment.value);
  return call && isLinear(call) ? call : null;
}

function isLinear({ name }: Call): boolean {
  return /Linear$/.test(name);
}

function isActivation({ name }: Call): boolean {
  return ACTIVATION.test(name);
}

/** An activation, or a sequence that holds one. */
function activates(call: Call, module: PythonModule): boolean {
  const inner = call.positional.flatMap((element) => readCall(module.text, element) ?? []);
  return isActivation(call) || (call.name === 'Sequential' && inner.some(isActivation) && !inner.some(isLinear));
}

function isNormed(
  input: SyntaxNode,
  { owner, node }: LocatedCall,
  network: NetworkClass,
  module: PythonModule,
): boolean {
  const value =
    input.type === 'identifier'
      ? module.assignments.findLast(
          ({ target, statement, owner: other }) =>
            other === owner && target === textOf(module.text, input) && statement.end <= node.start,
        )?.value
      : input;
  const call = value && readCall(module.text, value);
  const held = submoduleAt(call?.callee ?? null, network);
  const passed = call?.positional[0];
  const kinds = held ? constructorsOf(module.text, held.assignment.value) : [];
  if (kinds.some(isFeatureNorm)) {
    return true;
  }
  // Dropout between the norm and the layer.
  const drops = call !== null && call !== undefined && /drop/i.test(call.name);
  return drops && passed !== undefined && childOf(passed, 'function') !== undefined
    ? isNormed(passed, { ...call, owner }, network, module)
    : false;
}
