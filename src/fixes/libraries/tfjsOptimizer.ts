import { memberName, type JavaScriptCall } from '../../loops/javascript/javaScriptModule.js';
import type { OptimizerPlace } from '../../loops/loopPlaces.js';
import type { JavaScriptAnalysis } from '../../loops/sourceAnalysis.js';
import type { SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { EditRefused, type EditList } from '../editing/editList.js';
import { addScriptHelper, libraryName, scriptHelperAt, type ScriptHelper } from './scriptHelper.js';
import type { LoopOutcome } from '../loopFix.js';

/** Learning rates of the optimizers that `compile` knows by a word [code tfjs-layers/src/optimizers.ts, 4.22]. */
const RATES: Readonly<Record<string, number>> = {
  sgd: 0.01,
  adam: 0.001,
  rmsprop: 0.001,
  adagrad: 0.01,
  adamax: 0.002,
};

/** Arguments by position [code tfjs-core/src/optimizers/optimizer_constructors.ts, 4.22], with their defaults. */
const ARGUMENTS: Readonly<Record<string, readonly (readonly [string, number])[]>> = {
  adam: [
    ['learning_rate', 0.001],
    ['beta1', 0.9],
    ['beta2', 0.999],
  ],
};

/** An optimizer of TensorFlow.js where a file builds it or names it by a word. */
export class TfjsOptimizer {
  /** "adam", however it is built. */
  readonly className: string;
  /** The call that builds it; null where a word names it. */
  readonly call: JavaScriptCall | null;
  readonly node: SyntaxNode;
  private readonly analysis: JavaScriptAnalysis;
  private readonly edits: EditList;

  /** @throws EditRefused when a word names it in another place than where it is used */
  constructor(place: OptimizerPlace, analysis: JavaScriptAnalysis, edits: EditList) {
    if (place.call === null && (place.variable !== null || !Object.hasOwn(RATES, place.className))) {
      throw new EditRefused(`The optimizer is named by the word "${place.className}": build it by tf.train first.`);
    }
    this.className = place.className.replace(/optimizer$/, '');
    this.call = analysis.module.calls.find(({ node }) => node === place.node) ?? null;
    this.node = place.node;
    this.analysis = analysis;
    this.edits = edits;
  }

  get line(): number {
    return this.analysis.lines.lineAt(this.node.start);
  }

  /** Hands the optimizer to a helper that changes how it applies gradients, and hands it back. */
  wrapWith(helper: ScriptHelper, further: string): LoopOutcome {
    const there = scriptHelperAt(helper, this.analysis);
    if (there !== null) {
      return { kind: 'already-there', line: this.analysis.lines.lineAt(there) };
    }
    addScriptHelper(helper, this.library(), this.analysis, this.edits);
    if (this.call) {
      this.edits.insert(this.node.start, `${helper.name}(`);
      this.edits.insert(this.node.end, `, ${further})`);
    } else {
      this.edits.replace(this.node, `${helper.name}(${this.built()}, ${further})`);
    }
    return { kind: 'edited', notes: [] };
  }

  /** The learning rate: the node of its value, or null where the default of the library holds. */
  rate(): SyntaxNode | null {
    return this.call?.positional[0] ?? null;
  }

  get usualRate(): number {
    return RATES[this.className] ?? Number.NaN;
  }

  /** Writes the learning rate where none is given. */
  giveRate(code: string): void {
    if (!this.call) {
      this.edits.replace(this.node, `${this.library()}.train.${this.className}(${code})`);
    } else if (this.call.positional.length === 0) {
      this.edits.insert(this.node.end - 1, code);
    }
  }

  /** The value of an argument of Adam, by position. */
  argument(name: string): SyntaxNode | undefined {
    const index = (ARGUMENTS[this.className] ?? []).findIndex(([known]) => known === name);
    return index < 0 ? undefined : this.call?.positional[index];
  }

  /** Gives an argument of Adam, with the defaults of those before it. */
  give(name: string, code: string): void {
    const all = ARGUMENTS[this.className] ?? [];
    const index = all.findIndex(([known]) => known === name);
    const given = this.call?.positional.length ?? 0;
    const present = this.argument(name);
    if (present) {
      this.edits.replace(present, code);
      return;
    }
    const before = all.slice(given, index).map(([, value]) => String(value));
    const added = [...before, code].join(', ');
    if (!this.call) {
      this.edits.replace(this.node, `${this.library()}.train.${this.className}(${added})`);
      return;
    }
    const last = this.call.positional.at(-1);
    this.edits.insert(last ? last.end : this.node.end - 1, last ? `, ${added}` : added);
  }

  private built(): string {
    return `${this.library()}.train.${this.className}(${RATES[this.className]})`;
  }

  /** The name under which the file has the whole library. */
  private library(): string {
    const written = this.call?.callee ?? '';
    const root = /^(?:new )?([\w$]+)\.(?:train\.\w+|\w+Optimizer)$/.exec(written)?.[1];
    return root ?? libraryName(this.analysis);
  }
}

/** Name of the variable or member that a node is, or its text. */
export function nameOr(text: string, node: SyntaxNode): string {
  return memberName(text, node) ?? text.slice(node.start, node.end);
}
