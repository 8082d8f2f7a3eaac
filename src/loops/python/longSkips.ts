import { childOf, type SyntaxNode } from '../syntax/syntaxNode.js';
import { dottedName, lastPart, numberValue, readCall, textOf, type Call } from './expressions.js';
import { constructorsOf, findNetworkClasses, submoduleAt, type NetworkClass } from './networkClasses.js';
import type { LocatedCall, PythonModule } from './pythonModule.js';

/** A long skip connection of a U-Net: what an early layer gave, put beside what a late one works on. */
export interface LongSkip {
  readonly network: NetworkClass;
  /** The expression that stands for what was kept. */
  readonly kept: SyntaxNode;
  /**
   * How many skips lie further out, as code that is right behind the expression; null where the code doesn't tell.
   * A list from which one is taken at a time holds just the outer ones then.
   */
  readonly outer: string | null;
  /** A factor stands before the skip already. */
  readonly scaled: boolean;
}

const RISES = /ConvTranspose\dd|Upsample|interpolate|PixelShuffle|up_?sampl|unpool/i;
const KEPT = /skip|^res_hidden|residual|^enc|encoder|bridge|shortcut|lateral|^low|cross|feat/i;

/** The long skips of the networks of a file that come down and go up again, in source order. */
export function findLongSkips(module: PythonModule): readonly LongSkip[] {
  return findNetworkClasses(module).flatMap((network) => {
    const popped = poppedIn(network, module);
    return popped.length > 0 ? popped : concatenatedIn(network, module);
  });
}

/** `h = torch.cat([h, hs.pop()], dim=1)`, `x = block(x, skips.pop())`, of a list that the same function fills. */
function poppedIn(network: NetworkClass, module: PythonModule): readonly LongSkip[] {
  const calls = module.calls.filter(({ owner }) => owner === network.forward);
  return calls.flatMap((call) => {
    const list = call.name === 'pop' && call.receiver ? dottedName(module.text, call.receiver) : null;
    const last = call.positional.length === 0 || numberValue(module.text, call.positional[0]) === -1;
    const filled = calls.some(
      ({ name, receiver, node }) =>
        name === 'append' && receiver && textOf(module.text, receiver) === list && node.end <= call.node.start,
    );
    if (list === null || !last || !filled || !isHandedOn(call)) {
      return [];
    }
    return [{ network, kept: call.node, outer: `len(${list})`, scaled: isProduct(call.node.parent) }];
  });
}

/** Within the arguments of a call or the list that one takes, or under a factor there. */
function isHandedOn({ node }: Call): boolean {
  const parent = isProduct(node.parent) ? node.parent?.parent : node.parent;
  return ['argument_list', 'list', 'tuple'].includes(parent?.type ?? '');
}

function concatenatedIn(network: NetworkClass, module: PythonModule): readonly LongSkip[] {
  const classText = textOf(module.text, network.node);
  const rises = RISES.test(classText) || network.submodules.some(({ name }) => /^up/i.test(name));
  const named = /(?:^|_)(?:Up|Decoder|Dec)|Up(?:Block|Sample)?\w*$|UViT|UNet|Unet|^Block$/.test(network.name);
  const skips = module.calls
    .filter(({ owner }) => owner === network.forward)
    .flatMap((call) => {
      const kept = keptIn(call, network, module);
      return kept ? [kept] : [];
    });
  if (skips.length === 0 || !(rises || named)) {
    return [];
  }
  // The decoder goes outward: those that follow in the same function lie further out.
  const local = skips.filter(({ parameter }) => !parameter);
  const straight = local.length === skips.length && local.length > 1 && skips.every(({ repeated }) => !repeated);
  return skips.map(({ node, scaled }, index) => ({
    network,
    kept: node,
    scaled,
    outer: straight ? String(skips.length - 1 - index) : null,
  }));
}

interface Kept {
  readonly node: SyntaxNode;
  readonly scaled: boolean;
  /** It comes from outside of the class. */
  readonly parameter: boolean;
  readonly repeated: boolean;
}

/** The part of a concatenation of two along the channels that was kept from before. */
function keptIn(call: LocatedCall, network: NetworkClass, module: PythonModule): Kept | null {
  const { text } = module;
  const parts = call.positional[0];
  const dim = call.keywords.get('dim') ?? call.keywords.get('axis') ?? call.positional[1];
  const along = numberValue(text, dim);
  const pair = parts && ['list', 'tuple'].includes(parts.type) ? parts.children : [];
  if (
    !/^(?:torch\.)?(?:cat|concat|concatenate)$/.test(call.callee ?? '') ||
    pair.length !== 2 ||
    (along !== 1 && along !== -1)
  ) {
    return null;
  }
  const candidates = pair.flatMap((part) => readKept(part, call, network, module) ?? []);
  const [only] = candidates;
  return candidates.length === 1 && only ? only : null;
}

function readKept(part: SyntaxNode, call: LocatedCall, network: NetworkClass, module: PythonModule): Kept | null {
  const { text } = module;
  const product = isProduct(part);
  const node = product ? (part.children.find(({ type }) => type !== 'float' && type !== 'integer') ?? part) : part;
  const name = dottedName(text, node);
  const repeated = insideLoop(call.node, network.forward.node);
  if (name === null) {
    return null;
  }
  const root = (name.split(/[.[]/)[0] ?? name).trim();
  if (network.forward.parameters.some((parameter) => parameter.name === root)) {
    const first = network.forward.parameters[1]?.name;
    const touched = module.assignments.some(({ target, owner }) => owner === network.forward && target === root);
    // `forward(self, x1, x2)` of a block that goes up: the first is worked on, the second was kept.
    return root !== first && !(touched && !KEPT.test(root))
      ? { node, scaled: product, parameter: true, repeated }
      : null;
  }
  return isFromBefore(node, root, call, network, module) ? { node, scaled: product, parameter: false, repeated } : null;
}

/** Made by a layer early on, which another layer has worked on since; or taken from a list of such. */
function isFromBefore(
  node: SyntaxNode,
  name: string,
  call: LocatedCall,
  network: NetworkClass,
  module: PythonModule,
): boolean {
  const { text } = module;
  const own = module.assignments.filter(
    ({ target, owner, statement }) => owner === network.forward && target === name && statement.end <= call.node.start,
  );
  const [made] = own;
  const calls = module.calls.filter(({ owner }) => owner === network.forward);
  const fills = (list: string) =>
    calls.some(({ name: method, receiver }) => method === 'append' && receiver && textOf(text, receiver) === list);
  if (node.type === 'subscript') {
    return fills(name);
  }
  if (!made || own.length > 1) {
    return false;
  }
  if (made.value.type === 'subscript') {
    const list = childOf(made.value, 'value');
    const written = list ? textOf(text, list) : '';
    // diffusers hands the kept ones of a level on in a tuple.
    return fills(written) || (KEPT.test(written) && network.forward.parameters.some((each) => each.name === written));
  }
  const maker = readCall(text, made.value);
  const layer = submoduleAt(maker?.callee ?? null, network);
  const kinds = layer ? constructorsOf(text, layer.assignment.value) : [];
  const used = calls.filter(
    ({ node: other, positional }) =>
      other.start > made.statement.end &&
      other.end < call.node.start &&
      positional.some((argument) => mentions(argument, name, text)),
  );
  return layer !== null && used.length > 0 && !kinds.some((kind) => /Transpose|Upsample/.test(lastPart(kind)));
}

function mentions(node: SyntaxNode, name: string, text: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(textOf(text, node));
}

function isProduct(node: SyntaxNode | null): boolean {
  return node?.type === 'binary_operator';
}

function insideLoop(node: SyntaxNode, end: SyntaxNode): boolean {
  for (let at: SyntaxNode | null = node; at && at !== end; at = at.parent) {
    if (at.type === 'for_statement' || at.type === 'while_statement') {
      return true;
    }
  }
  return false;
}
