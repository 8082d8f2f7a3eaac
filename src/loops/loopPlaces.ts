import type { SyntaxNode } from './syntax/syntaxNode.js';

/**
 * A call taken apart, in Python or in JavaScript. Arguments are the nodes of their values; in JavaScript the properties
 * of an object literal that is the last argument count as keywords, which is how its libraries name their options.
 */
export interface Call {
  readonly node: SyntaxNode;
  /** Dotted name of what is called ("torch.optim.AdamW"), null when it is not a plain name. */
  readonly callee: string | null;
  /** Last part of the callee ("AdamW"), also when what stands before the dot is an expression. */
  readonly name: string;
  /** What stands before the last dot, if there is one. */
  readonly receiver: SyntaxNode | null;
  readonly positional: readonly SyntaxNode[];
  readonly keywords: ReadonlyMap<string, SyntaxNode>;
  /** `*args`, `**kwargs` or `...options` are passed: some arguments are not visible here. */
  readonly spread: boolean;
}

/** Where an optimizer comes into being, or is named ("adam" in `compile`). */
export interface OptimizerPlace {
  /** The call that builds it, or the string that names it. */
  readonly node: SyntaxNode;
  /** Null where a string names it: then its arguments are the library's defaults. */
  readonly call: Call | null;
  /** Class or function in lower case ("adamw"). */
  readonly className: string;
  /** What it is assigned to ("optimizer", "self.optimizer"), null where it is handed on at once. */
  readonly variable: string | null;
  /** The value of its learning rate, where the call shows one: a number, a name or a schedule. */
  readonly learningRate: SyntaxNode | null;
}

/** From where on the gradients of a step exist. */
export interface GradientPlace {
  /** The call that computes them: `loss.backward()`, `tape.gradient(…)`, `grad_fn(params)`, `tf.variableGrads(…)`. */
  readonly node: SyntaxNode;
  readonly statement: SyntaxNode;
  /** The variable that holds them as a value ("grads"); null where they hang on the parameters. */
  readonly variable: string | null;
}

/** Where the weights move. */
export interface StepPlace {
  readonly node: SyntaxNode;
  readonly statement: SyntaxNode;
  /** The argument that hands the gradients over (`grads`, `zip(grads, variables)`), where they are a value. */
  readonly gradients: SyntaxNode | null;
}

/** What a call is whose arguments steer a loop that a library runs. */
export type ArgumentRole =
  'training-arguments' | 'trainer' | 'compile' | 'fit' | 'accelerator' | 'fabric' | 'deepspeed-initialize';

export interface ArgumentPlace {
  readonly role: ArgumentRole;
  readonly call: Call;
}

/** The places of a loop that fixes ask for: the same questions for every framework and language. */
export interface LoopPlaces {
  /** The loop, or the call or method that stands for it. */
  readonly node: SyntaxNode;
  /** Every place that may build an optimizer of this loop, in source order; branches choose between several. */
  readonly optimizers: readonly OptimizerPlace[];
  /** Null where the library computes gradients out of sight. */
  readonly gradients: GradientPlace | null;
  /** Null where the library steps out of sight. */
  readonly step: StepPlace | null;
  readonly arguments: readonly ArgumentPlace[];
}

/** The call that plays the role, if the file shows exactly one: several would have to be told apart by a person. */
export function soleArgumentCall(places: LoopPlaces, role: ArgumentRole): Call | null {
  const calls = places.arguments.filter((place) => place.role === role);
  return calls.length === 1 ? (calls[0]?.call ?? null) : null;
}
