import type { OptimizerPlace } from '../../loops/loopPlaces.js';
import { dottedName, lastPart, readCall, textOf } from '../../loops/python/expressions.js';
import { statementOf, type LocatedCall } from '../../loops/python/pythonModule.js';
import { fullName } from '../../loops/rules/support/torchNames.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { childOf, walk, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { addKeywords } from '../editing/callArguments.js';
import { EditRefused, type EditList } from '../editing/editList.js';
import { nameFor } from '../editing/importedNames.js';

const ADAM = ['learning_rate', 'b1', 'b2', 'eps', 'eps_root', 'mu_dtype'];

/** Arguments that may be given by position, in their order [code optax/_src/alias.py, 0.2]. */
const POSITIONS: Readonly<Record<string, readonly string[]>> = {
  adam: ADAM,
  adamw: [...ADAM, 'weight_decay'],
  nadam: ADAM,
  nadamw: [...ADAM, 'weight_decay'],
  amsgrad: ADAM,
  radam: ['learning_rate', 'b1', 'b2', 'eps', 'eps_root', 'threshold'],
  scale_by_adam: ['b1', 'b2', 'eps', 'eps_root', 'mu_dtype'],
};

/** Functions that search along a line, or average the weights in place of a schedule [code optax/contrib, 0.2]. */
const UNSCHEDULED = /^(lbfgs|polyak_sgd|schedule_free_\w+)$/;

/** Nodes between an optimizer and the expression that it is part of. */
const TRANSPARENT = new Set([
  'argument_list',
  'keyword_argument',
  'parenthesized_expression',
  'conditional_expression',
  'call',
]);

/** An optimizer of optax where a file builds it. */
export class OptaxOptimizer {
  /** Function that builds it ("adamw"). */
  readonly functionName: string;
  readonly call: LocatedCall;
  readonly variable: string | null;
  private readonly analysis: PythonAnalysis;
  private readonly edits: EditList;

  /** @throws EditRefused when it is not one of optax's own functions, called in plain sight */
  constructor(place: OptimizerPlace, analysis: PythonAnalysis, edits: EditList) {
    const { module } = analysis;
    const call = module.calls.find(({ node }) => node === place.node);
    if (!call || fullName(call, module)?.split('.')[0] !== 'optax') {
      throw new EditRefused(`${place.call?.name ?? place.className} is not known to be an optimizer of optax.`);
    }
    if (call.node.parent?.type === 'attribute') {
      throw new EditRefused(
        `${call.callee ?? call.name}(…) is built where it is used, and its state belongs to another one: build it once, under a name that init and update share.`,
      );
    }
    this.functionName = call.name;
    this.call = call;
    this.variable = place.variable;
    this.analysis = analysis;
    this.edits = edits;
  }

  get node(): SyntaxNode {
    return this.call.node;
  }

  get line(): number {
    return this.analysis.lines.lineAt(this.call.node.start);
  }

  /** The value of an argument, by keyword or position; undefined where the default holds. */
  argument(name: string): SyntaxNode | undefined {
    const position = this.positionOf(name);
    return this.call.keywords.get(name) ?? (position === null ? undefined : this.call.positional[position]);
  }

  /** Where arguments stand in a call; null where they can't be given by position. */
  positionOf(name: string): number | null {
    const position = (POSITIONS[this.functionName] ?? ['learning_rate']).indexOf(name);
    return position < 0 ? null : position;
  }

  /**
   * Gives arguments, as names and code: in place of what is there, else by keyword.
   * @throws EditRefused when they may be among arguments that this call doesn't show
   */
  give(args: readonly (readonly [string, string])[]): void {
    const added = args.flatMap(([name, code]) => {
      const given = this.argument(name);
      if (given) {
        this.edits.replace(given, code);
      }
      return given ? [] : [`${name}=${code}`];
    });
    if (added.length > 0 && this.call.spread) {
      throw new EditRefused(`Arguments of ${this.call.name} come from outside this call, and these may be among them.`);
    }
    addKeywords(this.call, added, this.analysis, this.edits);
  }

  /** Calls another function of optax with the same arguments. */
  becomes(functionName: string): void {
    const target = childOf(this.call.node, 'function');
    if (target) {
      this.edits.replace(target, this.name(functionName));
    }
  }

  /**
   * Lets the gradients go through a transformation before anything else sees them, as the first link of the chain.
   * @throws EditRefused when other code takes the state of the optimizer apart, whose shape that changes
   */
  transformFirst(code: string): void {
    this.checkState();
    if (this.functionName === 'lbfgs') {
      throw new EditRefused(
        'The line search of LBFGS holds the gradient that it is given against the loss: a changed one would mislead it.',
      );
    }
    const chain = this.chain();
    const first = chain?.positional[0];
    if (chain && first) {
      const { lines } = this.analysis;
      const line = lines.lineAt(first.start);
      const ownLine = line > lines.lineAt(chain.node.start);
      this.edits.insert(first.start, `${code},${ownLine ? lines.lineBreak(line) + lines.indentation(line) : ' '}`);
      return;
    }
    this.checkAlone();
    const { node } = this.call;
    this.edits.insert(node.start, `${this.name('chain')}(${code}, `);
    this.edits.insert(node.end, ')');
  }

  /** Hands the whole optimizer, with what is chained to it, to a function: `optax.apply_if_finite(<optimizer>, 5)`. */
  wrapWith(functionName: string, further: string): void {
    this.checkState();
    const { node } = this.whole();
    this.edits.insert(node.start, `${this.name(functionName)}(`);
    this.edits.insert(node.end, `, ${further})`);
  }

  /** Why no schedule may scale its steps; null where one may. */
  unscheduledReason(): string | null {
    const { module, lines } = this.analysis;
    if (UNSCHEDULED.test(this.functionName)) {
      return `${this.functionName} works out the length of its steps itself.`;
    }
    const free = module.calls.find(({ name }) => name === 'schedule_free');
    return free
      ? `schedule_free on line ${lines.lineAt(free.node.start) + 1} weighs the steps by a rate of its own.`
      : null;
  }

  /** How this file writes something of optax. */
  name(path: string): string {
    return nameFor(`optax.${path}`, this.call.owner, this.analysis, this.edits);
  }

  /** The `optax.chain(…)` of which the optimizer is a link. */
  chain(): LocatedCall | null {
    const around = this.call.node.parent?.parent;
    const call = around?.type === 'call' ? this.analysis.module.calls.find(({ node }) => node === around) : undefined;
    const isLink = call?.positional.includes(this.call.node) === true;
    return call && isLink && fullName(call, this.analysis.module) === 'optax.chain' ? call : null;
  }

  /** The optimizer with the chains around it. */
  private whole(): { readonly node: SyntaxNode } {
    const chain = this.chain();
    this.checkAlone();
    return chain ?? this.call;
  }

  /** Not one of several for parts of the model, nor made anew by a function of the file. */
  private checkAlone(): void {
    for (let at = this.call.node.parent; at && at !== statementOf(this.call.node); at = at.parent) {
      const call = at.type === 'call' ? readCall(this.analysis.module.text, at) : null;
      const parts =
        call && /^(multi_transform|partition|masked|inject_hyperparams|lookahead|MultiSteps)$/.test(call.name);
      if (parts && call.name !== 'MultiSteps') {
        throw new EditRefused(`The optimizer is part of optax.${call.name}: what is added belongs around that.`);
      }
      const isPlain =
        TRANSPARENT.has(at.type) || ['assignment', 'return_statement', 'expression_statement'].includes(at.type);
      if (!isPlain) {
        throw new EditRefused('The optimizer is one of several that are put together in other places.');
      }
    }
  }

  /** `opt_state[1]` and `opt_state.hyperparams` hang on how the optimizer is put together. */
  private checkState(): void {
    const { root, module, lines } = this.analysis;
    for (const node of walk(root)) {
      const object =
        node.type === 'subscript' || node.type === 'attribute'
          ? childOf(node, node.type === 'subscript' ? 'value' : 'object')
          : undefined;
      const name = object && dottedName(module.text, object);
      if (name && /^opt(im|imizer)?_?states?$/.test(lastPart(name))) {
        throw new EditRefused(
          `${textOf(module.text, node)} on line ${lines.lineAt(node.start) + 1} hangs on how the optimizer is put together.`,
        );
      }
    }
  }
}
