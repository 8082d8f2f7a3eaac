import type { AttentionModule, TensorShape } from '../../loops/python/attentionModules.js';
import { dottedName, readCall, textOf } from '../../loops/python/expressions.js';
import { statementOf, type PythonFunction, type PythonModule } from '../../loops/python/pythonModule.js';
import { childOf, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';

/** Features of one head as `__init__` can write them. */
export interface HeadSize {
  readonly code: string;
  /** Statements of `__init__` that have to come first. */
  readonly after: readonly SyntaxNode[];
}

/** What the features of one head are usually called, the commonest first. */
const HEAD_NAMES = [
  'head_dim',
  'dim_head',
  'head_size',
  'd_head',
  'dim_per_head',
  'attention_head_size',
  'd_k',
  'head_channels',
];

/** The size of the last dimension in the words of `__init__`; null where the code doesn't show it. */
export function headSize(last: TensorShape['last'], attention: AttentionModule, module: PythonModule): HeadSize | null {
  if (last === null) {
    return null;
  }
  if (last === 'head') {
    return byName(attention.constructor, module);
  }
  const after: SyntaxNode[] = [];
  const code = new SizeWriter(attention, module, after).write(last.node, last.owner);
  return code === null ? null : { code, after };
}

function byName(constructor: PythonFunction, module: PythonModule): HeadSize | null {
  for (const name of HEAD_NAMES) {
    const assigned = module.assignments.find(
      ({ target, owner }) => owner === constructor && (target === name || target === `self.${name}`),
    );
    if (assigned) {
      return { code: assigned.target, after: [assigned.statement] };
    }
    if (constructor.parameters.some((parameter) => parameter.name === name)) {
      return { code: name, after: [] };
    }
  }
  return null;
}

class SizeWriter {
  private readonly attention: AttentionModule;
  private readonly module: PythonModule;
  private readonly after: SyntaxNode[];

  constructor(attention: AttentionModule, module: PythonModule, after: SyntaxNode[]) {
    this.attention = attention;
    this.module = module;
    this.after = after;
  }

  write(node: SyntaxNode, owner: PythonFunction): string | null {
    const { text } = this.module;
    if (owner === this.attention.constructor) {
      return textOf(text, node);
    }
    switch (node.type) {
      case 'integer':
        return textOf(text, node);
      case 'attribute':
        return this.attribute(node);
      case 'identifier':
        return this.local(textOf(text, node), node);
      case 'parenthesized_expression': {
        const inner = node.children[0] && this.write(node.children[0], owner);
        return inner ? `(${inner})` : null;
      }
      case 'binary_operator': {
        const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
        const [one, other] = [left && this.write(left, owner), right && this.write(right, owner)];
        return left && right && one && other ? one + text.slice(left.end, right.start) + other : null;
      }
      default:
        return null;
    }
  }

  private attribute(node: SyntaxNode): string | null {
    const name = dottedName(this.module.text, node);
    const root = /^self\.\w+/.exec(name ?? '')?.[0];
    const built = this.module.assignments.find(
      ({ target, owner }) => target === root && owner === this.attention.constructor,
    );
    if (!built) {
      return null;
    }
    this.after.push(built.statement);
    return name;
  }

  private local(name: string, use: SyntaxNode): string | null {
    const { text } = this.module;
    const all = this.module.assignments.filter(
      ({ target, owner, statement }) =>
        target === name && owner === this.attention.forward && statement.end <= use.start,
    );
    const [assigned] = all;
    if (all.length !== 1 || !assigned) {
      return null;
    }
    if (assigned.index === null) {
      const written = this.write(assigned.value, this.attention.forward);
      return written === null || !written.includes(' ') ? written : `(${written})`;
    }
    const targets = targetsOf(assigned.statement);
    const source = sizesOf(assigned.value, text);
    return source !== null && targets.length - 1 === assigned.index ? this.featuresOf(source) : null;
  }

  /** Features of what `forward` hands to a linear layer, as the layer was built for. */
  private featuresOf(input: string): string | null {
    const { text, calls, assignments } = this.module;
    for (const call of calls) {
      const takes = call.owner === this.attention.forward && call.positional[0];
      if (!takes || textOf(text, takes) !== input || !/^self\.\w+$/.test(call.callee ?? '')) {
        continue;
      }
      const built = assignments.find(
        ({ target, owner }) => target === call.callee && owner === this.attention.constructor,
      );
      const layer = built && readCall(text, built.value);
      const features = layer?.name === 'Linear' && (layer.keywords.get('in_features') ?? layer.positional[0]);
      if (built && features) {
        this.after.push(built.statement);
        const code = textOf(text, features);
        return /^[\w.]+$/.test(code) ? code : `(${code})`;
      }
    }
    return null;
  }
}

function targetsOf(statement: SyntaxNode): readonly SyntaxNode[] {
  const assignment = statementOf(statement).children.find(({ type }) => type === 'assignment') ?? statement;
  return childOf(assignment, 'left')?.children ?? [];
}

/** The tensor whose sizes these are: `x.shape`, `x.size()`. */
function sizesOf(node: SyntaxNode, text: string): string | null {
  const call = readCall(text, node);
  if (call?.name === 'size' && call.receiver && call.positional.length === 0) {
    return textOf(text, call.receiver);
  }
  const [object, attribute] = [childOf(node, 'object'), childOf(node, 'attribute')];
  return node.type === 'attribute' && object && attribute && textOf(text, attribute) === 'shape'
    ? textOf(text, object)
    : null;
}
