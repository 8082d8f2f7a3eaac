import { childOf, walk, type SyntaxNode } from '../syntax/syntaxNode.js';
import { numberValue, readCall, stringValue, textOf } from './expressions.js';
import { findNetworkClasses, type NetworkClass } from './networkClasses.js';
import { statementOf, type Assignment, type PythonFunction, type PythonModule } from './pythonModule.js';

/** One place where queries meet keys: `F.scaled_dot_product_attention(q, k, v)`, `q @ k.transpose(-2, -1)`. */
export interface AttentionSite {
  readonly node: SyntaxNode;
  /** The queries and the keys, features last. */
  readonly query: SyntaxNode;
  readonly key: SyntaxNode;
}

/** A class whose `forward` works out attention itself. */
export interface AttentionModule extends NetworkClass {
  readonly sites: readonly AttentionSite[];
}

/** What is known of a tensor from the code that makes it. */
export interface TensorShape {
  /** Number of dimensions, where the code tells. */
  readonly rank: number | null;
  /** Source of the size of the last dimension, and the function in whose scope it is written. */
  readonly last: { readonly node: SyntaxNode; readonly owner: PythonFunction } | 'head' | null;
}

/** The classes of a Python text that work out attention, in source order. */
export function findAttentionModules(module: PythonModule): readonly AttentionModule[] {
  return findNetworkClasses(module).flatMap((network) => {
    const sites = [...walk(network.forward.node)].flatMap((inner) => siteAt(inner, module.text) ?? []);
    return sites.length > 0 ? [{ ...network, sites }] : [];
  });
}

function siteAt(node: SyntaxNode, text: string): AttentionSite | null {
  if (node.type === 'binary_operator') {
    const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
    const product = left && right && text.slice(left.end, right.start).trim() === '@';
    return product ? productOf(node, left, right, text) : null;
  }
  const call = readCall(text, node);
  const [first, second, third] = call?.positional ?? [];
  if (call?.name === 'scaled_dot_product_attention') {
    const [query, key] = [call.keywords.get('query') ?? first, call.keywords.get('key') ?? second];
    return query && key ? { node, query, key } : null;
  }
  if (call?.name === 'matmul' && first && second && call.positional.length === 2) {
    return productOf(node, first, second, text);
  }
  if (call?.name === 'einsum' && first && second && third && call.positional.length === 3) {
    return contractsLast(stringValue(text, first)) ? { node, query: second, key: third } : null;
  }
  return null;
}

function productOf(node: SyntaxNode, query: SyntaxNode, right: SyntaxNode, text: string): AttentionSite | null {
  const key = transposed(right, text);
  return key ? { node, query: unscaled(query, text), key } : null;
}

/** `(q * self.scale)`: a factor changes nothing of what is a query. */
function unscaled(node: SyntaxNode, text: string): SyntaxNode {
  if (node.type === 'parenthesized_expression' && node.children.length === 1) {
    return unscaled(node.children[0] as SyntaxNode, text);
  }
  const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
  const scaled = node.type === 'binary_operator' && left && right;
  return scaled && /^[*/]$/.test(text.slice(left.end, right.start).trim()) && left.type === 'identifier' ? left : node;
}

/** The tensor whose last two dimensions are swapped, null for everything else. */
function transposed(node: SyntaxNode, text: string): SyntaxNode | null {
  if (node.type === 'attribute') {
    const [object, name] = [childOf(node, 'object'), childOf(node, 'attribute')];
    return object && name && textOf(text, name) === 'mT' ? object : null;
  }
  const call = readCall(text, node);
  if (call?.name !== 'transpose' || !call.receiver) {
    return null;
  }
  const dims = call.positional.map((argument) => numberValue(text, argument));
  const swapped = dims.toSorted((one, other) => (one ?? 0) - (other ?? 0)).join();
  // 2 and 3 are the last two of batch, head, token and feature.
  return swapped === '-2,-1' || swapped === '2,3' ? call.receiver : null;
}

/** "bhid,bhjd->bhij": the features, last in both, are summed over; the tokens are not. */
function contractsLast(equation: string | null): boolean {
  const parts = /^(\w+),(\w+)->(\w+)$/.exec((equation ?? '').replaceAll(/\s/g, ''));
  const [, one = '', other = '', result = ''] = parts ?? [];
  return parts !== null && one.at(-1) === other.at(-1) && !result.includes(one.at(-1) as string);
}

const UNCHANGED = new Set(['contiguous', 'float', 'half', 'bfloat16', 'to', 'type_as', 'clone']);
const SPLITTING_METHOD = /^_?(?:split_heads|transpose_for_scores|shape|separate_heads|to_heads)$/;

/** Reads from assignments what shape the tensors of a `forward` have. */
export class ShapeReader {
  private readonly module: PythonModule;
  private readonly attention: AttentionModule;
  private readonly assignments: readonly Assignment[];

  constructor(module: PythonModule, attention: AttentionModule) {
    this.module = module;
    this.attention = attention;
    this.assignments = module.assignments.filter(({ owner }) => owner === attention.forward);
  }

  /** Shape of an expression that stands before `before`; null when something else than its shape is worked on there. */
  shapeOf(node: SyntaxNode, before: number): TensorShape | null {
    const { text } = this.module;
    if (node.type === 'identifier') {
      const assigned = this.lastAssignment(textOf(text, node), before);
      return assigned ? this.shapeOfAssigned(assigned) : null;
    }
    if (node.type === 'subscript') {
      const [value, index] = [childOf(node, 'value'), childOf(node, 'subscript')];
      const shape = value && index?.type === 'integer' ? this.shapeOf(value, before) : null;
      return shape && without(shape);
    }
    const call = readCall(text, node);
    if (!call) {
      return null;
    }
    const held = /^self\.(\w+)$/.exec(call.callee ?? '')?.[1];
    if (held !== undefined && SPLITTING_METHOD.test(held)) {
      return { rank: 4, last: 'head' };
    }
    if (held !== undefined) {
      const features = this.outFeatures(held);
      return { rank: null, last: features };
    }
    if (call.name === 'rearrange') {
      return rearranged(stringValue(text, call.positional[1]));
    }
    if (call.callee === 'map' && call.positional[0]?.type === 'lambda') {
      const body = childOf(call.positional[0], 'body');
      return body ? this.shapeOf(body, before) : null;
    }
    const { receiver, positional } = call;
    if (!receiver) {
      return null;
    }
    switch (call.name) {
      case 'view':
      case 'reshape':
        return this.viewed(positional, before);
      case 'transpose':
        return swappedShape(this.shapeOf(receiver, before), this.numbers(positional));
      case 'permute':
        return permutedShape(this.shapeOf(receiver, before), this.numbers(positional));
      case 'unbind': {
        const dim = numberValue(text, call.keywords.get('dim') ?? positional[0]) ?? 0;
        const shape = this.shapeOf(receiver, before);
        return shape && (shape.rank === null || (dim >= 0 && dim < shape.rank - 1)) ? without(shape) : null;
      }
      case 'split':
      case 'chunk': {
        const shape = this.shapeOf(receiver, before);
        return { rank: shape?.rank ?? null, last: null };
      }
      default:
        return UNCHANGED.has(call.name) ? this.shapeOf(receiver, before) : null;
    }
  }

  lastAssignment(name: string, before: number): Assignment | undefined {
    return this.assignments.findLast(({ target, statement }) => target === name && statement.end <= before);
  }

  /** Shape of what an assignment gives its target. */
  shapeOfAssigned({ value, statement, index }: Assignment): TensorShape | null {
    const shape = this.shapeOf(value, statement.start);
    // `q, k, v = qkv`: taken apart along the first dimension, unless the parts are those of a call that cuts.
    return shape && index !== null && value.type === 'identifier' ? without(shape) : shape;
  }

  private viewed(sizes: readonly SyntaxNode[], before: number): TensorShape | null {
    const { text } = this.module;
    let all = sizes;
    if (sizes.length === 1 && sizes[0]?.type === 'identifier') {
      const given = this.lastAssignment(textOf(text, sizes[0]), before);
      all = given?.value.type === 'tuple' ? given.value.children : [];
    } else if (sizes.length === 1 && /^(?:tuple|list)$/.test(sizes[0]?.type ?? '')) {
      all = sizes[0]?.children ?? [];
    }
    const last = all.at(-1);
    if (!last || last.type === 'list_splat') {
      return null;
    }
    const rank = all.some(({ type }) => type === 'list_splat') ? Math.max(all.length, 4) : all.length;
    const open = numberValue(text, last) === -1;
    return { rank, last: open ? (rank >= 4 ? 'head' : null) : { node: last, owner: this.attention.forward } };
  }

  /** Source of the number of features that `self.name = nn.Linear(…)` puts out. */
  private outFeatures(name: string): TensorShape['last'] {
    const { constructor } = this.attention;
    const built = this.module.assignments.find(
      ({ target, owner }) => target === `self.${name}` && owner === constructor,
    );
    const call = built && readCall(this.module.text, built.value);
    const features = call?.name === 'Linear' ? (call.keywords.get('out_features') ?? call.positional[1]) : undefined;
    return features ? { node: features, owner: constructor } : null;
  }

  private numbers(arguments_: readonly SyntaxNode[]): readonly (number | null)[] {
    const single = arguments_.length === 1 && /^(?:tuple|list)$/.test(arguments_[0]?.type ?? '');
    const nodes = single ? (arguments_[0]?.children ?? []) : arguments_;
    return nodes.map((node) => numberValue(this.module.text, node));
  }
}

function without({ rank, last }: TensorShape): TensorShape {
  return { rank: rank === null ? null : rank - 1, last };
}

function rearranged(pattern: string | null): TensorShape | null {
  const result = pattern?.split('->')[1]?.trim();
  const names = result?.replaceAll(/\([^)]*\)/g, '()').split(/\s+/);
  const last = names?.at(-1);
  return names && last !== undefined && /^\w+$/.test(last) && /\([^)]*\)/.test(pattern?.split('->')[0] ?? '')
    ? { rank: names.length, last: 'head' }
    : null;
}

function swappedShape(shape: TensorShape | null, dims: readonly (number | null)[]): TensorShape | null {
  const rank = shape?.rank ?? null;
  const known = shape && rank !== null && dims.length === 2;
  return known && dims.every((dim) => dim !== null && dim !== -1 && dim !== rank - 1) ? shape : null;
}

function permutedShape(shape: TensorShape | null, dims: readonly (number | null)[]): TensorShape | null {
  const last = dims.at(-1);
  const keeps = shape?.rank === dims.length && (last === -1 || last === dims.length - 1);
  return keeps ? shape : null;
}

/** The statement of a function's own body that holds the node; null for what is nested under a condition or loop. */
export function topStatement(node: SyntaxNode, owner: PythonFunction): SyntaxNode | null {
  const statement = statementOf(node);
  return statement.parent !== null && statement.parent === childOf(owner.node, 'body') ? statement : null;
}
