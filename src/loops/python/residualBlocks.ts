import { childOf, contains, walk, type SyntaxNode } from '../syntax/syntaxNode.js';
import { lastPart, readCall, textOf, type Call } from './expressions.js';
import {
  constructorsOf,
  findNetworkClasses,
  attributeCalled,
  submoduleAt,
  type NetworkClass,
  type Submodule,
} from './networkClasses.js';
import { statementOf, type Assignment, type PythonModule } from './pythonModule.js';

/** A norm, and the call of it: `self.ln_1(x)`. */
export interface NormUse {
  readonly norm: Submodule;
  readonly call: SyntaxNode;
}

/**
 * One branch beside a residual stream: `x = x + self.attn(self.ln_1(x))`.
 */
export interface ResidualBranch {
  /** The expression that stands for the output of the sub-layer, dropout and scales not included. */
  readonly output: SyntaxNode;
  /**
   * The output under a name of its own, given by `definition` and read at the addition: `y = self.attn(…)` … `x = x + y`.
   * Null where the sub-layer is called within the addition.
   */
  readonly definition: { readonly name: string; readonly statement: SyntaxNode } | null;
  /** The call of the sub-layer, and the attribute that holds it: "attn". */
  readonly call: Call;
  readonly sublayer: string;
  /** Names of the residual stream as it stands at the addition. */
  readonly stream: string;
  /** The norm that the sub-layer's input goes through (Pre-LN). */
  readonly inputNorm: NormUse | null;
  /** The norm that the sub-layer's output goes through before it is added (Peri-LN, NormFormer). */
  readonly outputNorm: Submodule | null;
  /** The norm that the sum goes through (Post-LN), and where. */
  readonly sumNorm: NormUse | null;
  /** The statement that adds. */
  readonly addition: SyntaxNode;
  /** The whole sum. */
  readonly sum: SyntaxNode;
}

/** A class whose `forward` adds the output of sub-layers to a residual stream. */
export interface ResidualBlock extends NetworkClass {
  readonly branches: readonly ResidualBranch[];
  /** Additions that sub-layers take part in, and whose branches or norms can't be followed. */
  readonly unclear: readonly SyntaxNode[];
}

/** Layers between a sub-layer and the addition that only scale or drop its output. */
const PASSING = /^(?:Dropout\w*|DropPath|StochasticDepth|Identity|LayerScale|AlphaDropout)$/;
/** Normalisation over the features of one token; batch, group and instance norms serve other networks. */
const NORM = /norm/i;
const OTHER_NORM = /batch|group|instance|spectral|weight_?norm|local_?response/i;

/** Whether a constructor ("nn.LayerNorm", "norm_layer", "LlamaRMSNorm") builds a norm over the features of a token. */
export function isFeatureNorm(constructor: string): boolean {
  const name = lastPart(constructor);
  return NORM.test(name) && !OTHER_NORM.test(name);
}

/** The residual blocks that a Python text defines, in source order. */
export function findResidualBlocks(module: PythonModule): readonly ResidualBlock[] {
  return findNetworkClasses(module).flatMap((network) => {
    const { branches, unclear } = new BlockReader(module, network).read();
    return branches.length > 0 ? [{ ...network, branches, unclear }] : [];
  });
}

class BlockReader {
  private readonly module: PythonModule;
  private readonly network: NetworkClass;
  /** Assignments of `forward`, in source order. */
  private readonly assignments: readonly Assignment[];

  constructor(module: PythonModule, network: NetworkClass) {
    this.module = module;
    this.network = network;
    this.assignments = module.assignments.filter(({ owner }) => owner === network.forward);
  }

  read(): Pick<ResidualBlock, 'branches' | 'unclear'> {
    const branches: ResidualBranch[] = [];
    const unclear: SyntaxNode[] = [];
    for (const node of walk(this.network.forward.node)) {
      const terms = this.module.ownerOf(node) === this.network.forward ? this.termsOf(node) : null;
      const read = terms && this.branchesOf(terms, node);
      if (read) {
        branches.push(...read);
      }
      const lost = read ? !read.every((branch) => this.isFollowed(branch)) : terms !== null && this.isResidual(terms);
      if (lost) {
        unclear.push(node);
      }
    }
    return { branches, unclear };
  }

  /** The branches of one sum: `x + f(x)`, `x + f(x) + g(x)`, `x += f(x)`; null where it is none of a stream and branches. */
  private branchesOf(terms: readonly SyntaxNode[], node: SyntaxNode): readonly ResidualBranch[] | null {
    const addition = statementOf(node);
    const names = terms.filter(({ type }) => type === 'identifier');
    // `y + x`: which of both names is the stream shows where the other one leads.
    for (const stream of node.type === 'augmented_assignment' ? names.slice(0, 1) : names) {
      const streamName = textOf(this.module.text, stream);
      const others = terms.filter((term) => term !== stream);
      const read = others.map((term) => this.readBranch(term, streamName, node, addition));
      // `x + position` adds something, but no sub-layer: all terms have to be branches for the sum to be a residual one.
      if (read.every((branch) => branch !== null)) {
        return read.map((branch) => ({ ...branch, stream: streamName, addition, sum: node }));
      }
    }
    return null;
  }

  /** Whether a sum that could not be read adds the output of a sub-layer to a stream all the same. */
  private isResidual(terms: readonly SyntaxNode[]): boolean {
    return terms.some(({ type }) => type === 'identifier') && terms.some((term) => this.leadsToSublayer(term));
  }

  /** Whether the norm of a branch's input always runs, and its input has not gone through one that can't be followed. */
  private isFollowed({ call, stream, inputNorm, definition, addition }: ResidualBranch): boolean {
    const before = definition?.statement ?? addition;
    if (inputNorm !== null) {
      return alwaysBefore(statementOf(inputNorm.call), before);
    }
    const names = [...call.positional, ...call.keywords.values()]
      .filter(({ type }) => type === 'identifier')
      .map((node) => textOf(this.module.text, node));
    const copied = this.lastAssignment(stream, before);
    return names.every(
      (name) =>
        name === stream ||
        !this.assignments.some(
          ({ target, value, statement }) =>
            target === name &&
            statement.end <= before.start &&
            statement.start > (copied?.statement.start ?? 0) &&
            this.normAt(value) !== null,
        ),
    );
  }

  private termsOf(node: SyntaxNode): readonly SyntaxNode[] | null {
    if (node.type === 'augmented_assignment') {
      const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
      const plus = left && right && this.module.text.slice(left.end, right.start).trim() === '+=';
      return plus ? [left, ...flattened(right, this.module.text)] : null;
    }
    if (node.type !== 'binary_operator' || isSum(node.parent, this.module.text)) {
      return null;
    }
    const terms = flattened(node, this.module.text);
    return terms.length > 1 ? terms : null;
  }

  private readBranch(
    term: SyntaxNode,
    stream: string,
    sum: SyntaxNode,
    addition: SyntaxNode,
  ): Omit<ResidualBranch, 'stream' | 'addition' | 'sum'> | null {
    const seen = this.unwrapped(term);
    const { output } = seen;
    let outputNorm = seen.norm;
    let call = callIn(this.module.text, output);
    let definition: ResidualBranch['definition'] = null;
    if (output.type === 'identifier') {
      const name = textOf(this.module.text, output);
      const defined = this.definitionBefore(name, addition);
      if (!defined) {
        return null;
      }
      outputNorm ??= defined.norm;
      call = defined.call;
      definition = { name, statement: defined.statement };
    }
    const sublayer = call && this.sublayerOf(call);
    if (!call || sublayer === null) {
      return null;
    }
    const before = definition?.statement ?? addition;
    return {
      output,
      definition,
      call,
      sublayer,
      outputNorm,
      inputNorm: this.inputNormOf(call, stream, before),
      sumNorm: this.sumNormOf(sum, addition),
    };
  }

  /** A term without what merely scales or drops it; the norm that it goes through, if any. */
  private unwrapped(term: SyntaxNode): { readonly output: SyntaxNode; readonly norm: Submodule | null } {
    let output = term;
    let norm: Submodule | null = null;
    for (;;) {
      const inner = this.insideOf(output);
      if (inner === null) {
        return { output, norm };
      }
      norm ??= inner.norm;
      output = inner.node;
    }
  }

  private insideOf(node: SyntaxNode): { readonly node: SyntaxNode; readonly norm: Submodule | null } | null {
    if (node.type === 'parenthesized_expression' && node.children.length === 1) {
      return { node: node.children[0] as SyntaxNode, norm: null };
    }
    if (node.type === 'binary_operator') {
      const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
      const product = left && right && this.module.text.slice(left.end, right.start).trim() === '*';
      const calling = product ? [left, right].filter((side) => this.leadsToSublayer(side)) : [];
      return calling.length === 1 ? { node: calling[0] as SyntaxNode, norm: null } : null;
    }
    const call = readCall(this.module.text, node);
    const [argument] = call?.positional ?? [];
    if (!call || !argument) {
      return null;
    }
    if (/^(?:F|nn\.functional|torch\.nn\.functional)\.dropout\d?d?$/.test(call.callee ?? '')) {
      return { node: argument, norm: null };
    }
    const held = this.heldBy(call);
    const kinds = held === null ? [] : constructorsOf(this.module.text, held.assignment.value);
    if (held === null || kinds.length === 0) {
      return null;
    }
    if (kinds.every((kind) => PASSING.test(lastPart(kind)))) {
      return { node: argument, norm: null };
    }
    return kinds.some(isFeatureNorm) ? { node: argument, norm: held } : null;
  }

  private leadsToSublayer(node: SyntaxNode): boolean {
    const { output } = this.unwrapped(node);
    const call = callIn(this.module.text, output);
    return output.type === 'identifier'
      ? this.assignments.some(({ target }) => target === textOf(this.module.text, output))
      : call !== null && this.sublayerOf(call) !== null;
  }

  /** Follows a name back to the sub-layer whose output it is, through norms and dropouts on the way. */
  private definitionBefore(
    name: string,
    addition: SyntaxNode,
  ): { readonly call: Call; readonly statement: SyntaxNode; readonly norm: Submodule | null } | null {
    let norm: Submodule | null = null;
    let before = addition;
    for (;;) {
      const assignment = this.lastAssignment(name, before);
      if (!assignment || !sameBlock(assignment.statement, addition)) {
        return null;
      }
      const { output, norm: own } = this.unwrapped(assignment.value);
      norm ??= own;
      const call = callIn(this.module.text, output);
      if (call && this.sublayerOf(call) !== null) {
        return { call, statement: assignment.statement, norm };
      }
      // `y = self.dropout(y)`: the same name, one step on.
      if (output.type !== 'identifier' || textOf(this.module.text, output) !== name || assignment.index !== null) {
        return null;
      }
      before = assignment.statement;
    }
  }

  private lastAssignment(name: string, before: SyntaxNode): Assignment | undefined {
    return this.assignments.findLast(({ target, statement }) => target === name && statement.end <= before.start);
  }

  /** The attribute that a call goes to: `self.attn(…)`, `self._sa_block(…)`; null for norms, dropouts and free functions. */
  private sublayerOf(call: Call): string | null {
    const attribute = attributeCalled(call.callee);
    if (attribute === undefined) {
      return null;
    }
    const held = this.heldBy(call);
    const kinds = held ? constructorsOf(this.module.text, held.assignment.value) : [];
    return kinds.some((kind) => isFeatureNorm(kind) || PASSING.test(lastPart(kind))) ? null : attribute;
  }

  private heldBy(call: Call): Submodule | null {
    return submoduleAt(call.callee, this.network);
  }

  private normAt(node: SyntaxNode | undefined): NormUse | null {
    const call = node && readCall(this.module.text, node);
    const held = call ? this.heldBy(call) : null;
    return call && held && constructorsOf(this.module.text, held.assignment.value).some(isFeatureNorm)
      ? { norm: held, call: call.node }
      : null;
  }

  private inputNormOf(call: Call, stream: string, before: SyntaxNode): NormUse | null {
    const inputs = [...call.positional, ...call.keywords.values()];
    for (const input of inputs) {
      const direct = this.normAt(input) ?? this.normWithin(input, stream, before);
      if (direct) {
        return direct;
      }
      // A norm that the stream itself went through is that of the sum before (Post-LN).
      if (input.type === 'identifier' && textOf(this.module.text, input) !== stream) {
        const assigned = this.lastAssignment(textOf(this.module.text, input), before);
        const norm = assigned?.index === null ? this.normAt(assigned.value) : null;
        if (norm) {
          return norm;
        }
      }
    }
    return null;
  }

  /** The norm at the beginning of a chain of layers: `self.fc2(self.act(self.fc1(self.ln(x))))`. */
  private normWithin(input: SyntaxNode, stream: string, before: SyntaxNode): NormUse | null {
    const inner = readCall(this.module.text, input);
    return inner && this.heldBy(inner) !== null && inner.positional.length === 1
      ? this.inputNormOf(inner, stream, before)
      : null;
  }

  /** `self.ln(x + f(x))`, or `x = x + f(x)` with `x = self.ln(x)` right behind. */
  private sumNormOf(sum: SyntaxNode, addition: SyntaxNode): ResidualBranch['sumNorm'] {
    const outer = sum.parent?.type === 'argument_list' ? sum.parent.parent : null;
    const around = outer ? this.normAt(outer) : null;
    if (around) {
      return around;
    }
    const siblings = addition.parent?.children ?? [];
    const next = siblings.slice(siblings.indexOf(addition) + 1).find(({ type }) => type !== 'comment');
    const following = this.assignments.find(({ statement }) => statement === next);
    const norm = following ? this.normAt(following.value) : null;
    const argument = following && readCall(this.module.text, following.value)?.positional[0];
    const summed = this.assignments.find(({ statement }) => statement === addition)?.target;
    const same = argument !== undefined && summed !== undefined && textOf(this.module.text, argument) === summed;
    return norm && same && following?.target === summed ? norm : null;
  }
}

function isSum(node: SyntaxNode | null, text: string): boolean {
  const [left, right] = node?.type === 'binary_operator' ? [childOf(node, 'left'), childOf(node, 'right')] : [];
  return left !== undefined && right !== undefined && text.slice(left.end, right.start).trim() === '+';
}

/** The terms of a sum, parentheses around sums opened. */
function flattened(node: SyntaxNode, text: string): readonly SyntaxNode[] {
  if (!isSum(node, text)) {
    return [node];
  }
  const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
  return [...(left ? flattened(left, text) : []), ...(right ? flattened(right, text) : [])];
}

/** The call that an output is or is taken from: `self.attn(x)`, `self.attn(x)[0]`. */
function callIn(text: string, output: SyntaxNode): Call | null {
  if (output.type === 'subscript') {
    const value = childOf(output, 'value');
    return value ? callIn(text, value) : null;
  }
  return readCall(text, output);
}

/** Whether a statement has run whenever the other is reached: it stands before it in the same block or one around it. */
function alwaysBefore(statement: SyntaxNode, other: SyntaxNode): boolean {
  return statement === other || (statement.parent !== null && contains(statement.parent, other));
}

/** Whether both stand in the same block, so that the one always follows the other. */
function sameBlock(one: SyntaxNode, other: SyntaxNode): boolean {
  return one.parent === other.parent;
}
