import { childOf, type SyntaxNode } from '../syntax/syntaxNode.js';
import { dottedName, lastPart, textOf, wordsOf, type Call } from './expressions.js';

/**
 * What is moved along its own gradient without being a weight: images that are dreamed or attacked, samples of energy
 * models, latent codes that are fitted.
 */
const NO_WEIGHTS = new Set(
  'adv adversarial code data delta eta img image images imgs inp input inputs inps latent latents noise pattern perturb perturbation pixel pixels sample samples x xs z'.split(
    ' ',
  ),
);

const GRADIENT = /\.grad(?:\.data)?$/;

/** Steps of the gradient's sign are those of attacks, which climb. */
const SIGN = /\bsign\b/;

/** `w -= lr * w.grad`, `p.data += -lr * p.grad`, `w.data = w.data - lr * w.grad.data`: a step of descent, written out. */
export function isHandStepAssignment(text: string, node: SyntaxNode): boolean {
  // Asked for every assignment of the file: the cheapest question comes first.
  if (!textOf(text, node).includes('.grad')) {
    return false;
  }
  const left = childOf(node, 'left');
  const right = childOf(node, 'right');
  const name = left && tensorName(text, left);
  if (!left || !right || !name) {
    return false;
  }
  const value = textOf(text, right);
  if (!usesGradientOf(name, value)) {
    return false;
  }
  switch (text.slice(left.end, right.start).trim()) {
    case '-=':
      return !isNegative(value);
    case '+=':
      return isNegative(value);
    case '=':
      return new RegExp(`^${escaped(name)}(?:\\.data)?\\s*-`).test(value);
    default:
      return false;
  }
}

/** `p.data.add_(p.grad, alpha=-lr)`, `p.data.add_(-lr, p.grad.data)`, `w.sub_(lr * w.grad)`, `p.copy_(p - lr * p.grad)`. */
export function isHandStepCall(text: string, call: Call): boolean {
  const name = call.receiver && tensorName(text, call.receiver);
  const given = [...call.positional, ...call.keywords.values()].map((node) => textOf(text, node));
  if (!name || !given.some((value) => usesGradientOf(name, value))) {
    return false;
  }
  switch (call.name) {
    case 'sub_':
      return !given.some(isNegative);
    case 'add_':
      return given.some(isNegative);
    case 'copy_':
      return new RegExp(`^${escaped(name)}(?:\\.data)?\\s*-`).test(given[0] ?? '');
    default:
      return false;
  }
}

/** `torch._foreach_add_(params, grads, alpha=-lr)`: all weights at once. */
export function isForeachStep(text: string, { name, positional: [moved, by], keywords }: Call): boolean {
  const alpha = keywords.get('alpha');
  const falls = (alpha !== undefined && isNegative(textOf(text, alpha))) === (name === '_foreach_add_');
  const isOfGradients = (node: SyntaxNode) => /grad/i.test(textOf(text, node));
  return !!moved && !!by && falls && !isOfGradients(moved) && isOfGradients(by);
}

/** `p.grad = None`: gradients cleared one by one. */
export function clearsGradient(text: string, node: SyntaxNode): boolean {
  const right = node.type === 'assignment' ? childOf(node, 'right') : undefined;
  const left = right?.type === 'none' ? childOf(node, 'left') : undefined;
  return GRADIENT.test((left && dottedName(text, left)) ?? '');
}

/** `p.grad.zero_()`, `p.grad.data.zero_()`, `p.grad.fill_(0)`. */
export function clearsGradientInPlace(text: string, call: Call): boolean {
  const receiver = call.receiver && dottedName(text, call.receiver);
  const zeroes = call.name === 'zero_' || (call.name === 'fill_' && /^0(?:\.0*)?$/.test(firstArgument(text, call)));
  return zeroes && !!receiver && GRADIENT.test(receiver);
}

function firstArgument(text: string, { positional: [first] }: Call): string {
  return first ? textOf(text, first) : '';
}

/** The tensor that moves, without `.data`; null for gradients themselves and for what is no weight. */
function tensorName(text: string, node: SyntaxNode): string | null {
  const name = dottedName(text, node)?.replace(/\.data$/, '') ?? null;
  const moves = name !== null && !GRADIENT.test(name) && !wordsOf(lastPart(name)).some((word) => NO_WEIGHTS.has(word));
  return moves ? name : null;
}

function usesGradientOf(name: string, value: string): boolean {
  return new RegExp(`(?<![\\w.])${escaped(name)}\\.grad\\b`).test(value) && !SIGN.test(value);
}

function isNegative(value: string): boolean {
  return /^[\s(]*-/.test(value);
}

function escaped(name: string): string {
  return name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
