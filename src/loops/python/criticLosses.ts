import { childOf, type SyntaxNode } from '../syntax/syntaxNode.js';
import { dottedName, readCall, textOf, type Call } from './expressions.js';
import type { Assignment, PythonFunction, PythonModule } from './pythonModule.js';

/** A loss that is the mean of a critic's scores of what was generated, less that of its scores of what is real. */
export interface CriticLoss {
  /** The critic as it is called: "self.critic". */
  readonly critic: string;
  readonly assignment: Assignment;
  readonly real: ScoredBatch;
  readonly fake: ScoredBatch;
}

export interface ScoredBatch {
  readonly call: Call;
  /** The statement in which it is scored. */
  readonly statement: SyntaxNode;
}

interface Term extends ScoredBatch {
  readonly sign: 1 | -1;
  readonly mean: boolean;
}

const LONGEST_CHAIN = 8;
const RESHAPED = new Set(['view', 'reshape', 'squeeze', 'flatten', 'float']);

/** The losses of critics that a file goes back through, in source order. */
export function findCriticLosses(module: PythonModule): readonly CriticLoss[] {
  return module.assignments.flatMap((assignment) => {
    if (assignment.index !== null || !isGoneBackThrough(assignment, module)) {
      return [];
    }
    const terms = new TermReader(module, assignment.owner).read(assignment.value, assignment.statement);
    const fake = terms.find(({ sign }) => sign === 1);
    const real = terms.find(({ sign }) => sign === -1);
    const critic = real?.call.callee ?? null;
    const scored = new Set(terms.map(({ call }) => textOf(module.text, call.positional[0] as SyntaxNode)));
    const fits =
      scored.size === 2 && terms.length === 2 && terms.every(({ mean, call }) => mean && call.callee === critic);
    return fits && real && fake && critic !== null ? [{ critic, assignment, real, fake }] : [];
  });
}

/** `loss.backward()`, `scaler.scale(loss).backward()`, `accelerator.backward(loss)`. */
function isGoneBackThrough({ target, owner, statement }: Assignment, { calls, text }: PythonModule): boolean {
  const isLoss = (node: SyntaxNode | null | undefined) =>
    node !== null && node !== undefined && textOf(text, node) === target;
  return calls.some(
    ({ name, receiver, positional, owner: other, node }) =>
      other === owner &&
      node.start > statement.end &&
      ((/backward$/.test(name) && (isLoss(receiver) || isLoss(positional[0]))) ||
        (name === 'scale' && isLoss(positional[0]))),
  );
}

class TermReader {
  private readonly module: PythonModule;
  private readonly owner: PythonFunction;

  constructor(module: PythonModule, owner: PythonFunction) {
    this.module = module;
    this.owner = owner;
  }

  read(node: SyntaxNode, statement: SyntaxNode, sign: 1 | -1 = 1, mean = false, depth = 0): readonly Term[] {
    const { text } = this.module;
    const inner = (next: SyntaxNode | undefined, turned: 1 | -1 = 1, averaged = mean): readonly Term[] =>
      next && depth < LONGEST_CHAIN ? this.read(next, statement, (sign * turned) as 1 | -1, averaged, depth + 1) : [];
    switch (node.type) {
      case 'parenthesized_expression':
        return inner(node.children[0]);
      case 'unary_operator':
        return inner(node.children[0], textOf(text, node).startsWith('-') ? -1 : 1);
      case 'binary_operator': {
        const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
        const operator = left && right ? text.slice(left.end, right.start).trim() : '';
        return operator === '+' || operator === '-' ? [...inner(left), ...inner(right, operator === '-' ? -1 : 1)] : [];
      }
      case 'identifier':
      case 'attribute':
        return this.ofName(node, statement, sign, mean, depth);
      case 'call': {
        const call = readCall(text, node);
        if (call?.name === 'mean') {
          return inner(call.callee === 'torch.mean' ? call.positional[0] : (call.receiver ?? undefined), 1, true);
        }
        if (call?.receiver && RESHAPED.has(call.name)) {
          return inner(call.receiver);
        }
        return call && this.isNetwork(call) ? [{ sign, mean, call, statement }] : [];
      }
      default:
        return [];
    }
  }

  private ofName(node: SyntaxNode, before: SyntaxNode, sign: 1 | -1, mean: boolean, depth: number): readonly Term[] {
    const name = dottedName(this.module.text, node);
    const assigned = this.module.assignments.findLast(
      ({ target, owner, statement }) => target === name && owner === this.owner && statement.end <= before.start,
    );
    return assigned?.index === null && depth < LONGEST_CHAIN
      ? this.read(assigned.value, assigned.statement, sign, mean, depth + 1)
      : [];
  }

  /** `critic(x)`, `self.critic(x)`: something that is no function of a library or of this file. */
  private isNetwork({ callee, name, positional, keywords, spread }: Call): boolean {
    const plain = callee !== null && (callee === name || callee === `self.${name}`);
    const { functions, imports } = this.module;
    return (
      plain &&
      positional.length > 0 &&
      keywords.size === 0 &&
      !spread &&
      !functions.some((candidate) => candidate.name === name) &&
      !imports.some((binding) => binding.name === callee)
    );
  }
}
