import type { OptimizerPlace } from '../../loops/loopPlaces.js';
import type { LocatedCall, PythonFunction } from '../../loops/python/pythonModule.js';
import { textOf } from '../../loops/python/expressions.js';
import { fullName } from '../../loops/rules/support/torchNames.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { childOf, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { addKeywords } from '../editing/callArguments.js';
import { EditRefused, type EditList } from '../editing/editList.js';
import { nameFor } from '../editing/importedNames.js';

/** Classes of `keras.optimizers` by the words that `compile` knows them by [code keras/src/optimizers/__init__.py, 3.15]. */
const CLASSES: ReadonlyMap<string, string> = new Map(
  'Adam AdamW SGD RMSprop Nadam Adamax Adagrad Adadelta Ftrl Lion Adafactor Lamb Muon'
    .split(' ')
    .map((name) => [name.toLowerCase(), name]),
);

/** Arguments that may be given by position, in their order [code keras/src/optimizers, 3.15]. */
const POSITIONS: Readonly<Record<string, readonly string[]>> = {
  Adam: ['learning_rate', 'beta_1', 'beta_2', 'epsilon', 'amsgrad', 'weight_decay'],
  AdamW: ['learning_rate', 'weight_decay', 'beta_1', 'beta_2', 'epsilon', 'amsgrad'],
  Nadam: ['learning_rate', 'beta_1', 'beta_2', 'epsilon', 'weight_decay'],
  SGD: ['learning_rate', 'momentum', 'nesterov', 'weight_decay'],
  RMSprop: ['learning_rate', 'rho', 'momentum', 'epsilon', 'centered', 'weight_decay'],
};

/** Learning rates where none is given [code keras/src/optimizers, 3.15]; that of the others is 0.001. */
const RATES: Readonly<Record<string, number>> = { SGD: 0.01 };
const USUAL_RATE = 0.001;

const IN_KERAS =
  /^((?:keras|tf_keras|keras_core|tensorflow\.keras|tensorflow)(?:\.api)?)\.optimizers\.(?:legacy\.|experimental\.)?(\w+)$/;

/** An optimizer of Keras where a file builds it by its class or names it by a word. */
export class KerasOptimizer {
  /** Class as Keras spells it ("AdamW"). */
  readonly className: string;
  /** The call that builds it; null where a word names it, with all of the library's defaults. */
  readonly call: LocatedCall | null;
  /** What it is assigned to, if anything. */
  readonly variable: string | null;
  readonly node: SyntaxNode;
  private readonly analysis: PythonAnalysis;
  private readonly edits: EditList;

  /** @throws EditRefused when the class is not one of Keras's own */
  constructor(place: OptimizerPlace, analysis: PythonAnalysis, edits: EditList) {
    const { module } = analysis;
    const named = IN_KERAS.exec((place.call && fullName(place.call, module)) ?? '')?.[2];
    const className = place.call ? CLASSES.get(named?.toLowerCase() ?? '') : CLASSES.get(place.className);
    if (className === undefined || (place.call === null && place.variable !== null)) {
      throw new EditRefused(
        place.call
          ? `${place.call.name} is not known to be an optimizer of Keras's own.`
          : `The optimizer is named by the word "${place.className}", which is more than this place reads or knows.`,
      );
    }
    this.className = className;
    this.call = place.call ? (module.calls.find(({ node }) => node === place.node) ?? null) : null;
    this.node = place.node;
    this.variable = place.variable;
    this.analysis = analysis;
    this.edits = edits;
  }

  get line(): number {
    return this.analysis.lines.lineAt(this.node.start);
  }

  /** The value of an argument, by keyword or position; undefined where the default holds. */
  argument(name: string): SyntaxNode | undefined {
    const position = (POSITIONS[this.className] ?? ['learning_rate']).indexOf(name);
    const old = name === 'learning_rate' ? this.call?.keywords.get('lr') : undefined;
    return this.call?.keywords.get(name) ?? old ?? (position < 0 ? undefined : this.call?.positional[position]);
  }

  /**
   * @throws EditRefused where the code only runs with the optimizers of Keras 2, which lack what is to be given
   */
  requireKeras3(): void {
    const { module } = this.analysis;
    const old =
      ['lr', 'decay'].find((name) => this.call?.keywords.has(name)) ??
      (/\.legacy\./.test((this.call && fullName(this.call, module)) ?? '') ? 'legacy' : undefined) ??
      ['get_scaled_loss', 'get_unscaled_gradients'].find((name) => module.callsNamed(name).length > 0);
    if (old !== undefined) {
      throw new EditRefused(`It takes an optimizer of Keras 3, and this file is written for Keras 2 (${old}).`);
    }
  }

  /** The learning rate that holds when none is given. */
  get usualRate(): number {
    return RATES[this.className] ?? USUAL_RATE;
  }

  /** An argument as code, with its default as the last resort. */
  learningRateCode(): string {
    const given = this.argument('learning_rate');
    return given ? textOf(this.analysis.module.text, given) : String(this.usualRate);
  }

  /** Where arguments stand in a call; null where they can't be given by position. */
  positionOf(name: string): number | null {
    const position = (POSITIONS[this.className] ?? ['learning_rate']).indexOf(name);
    return position < 0 ? null : position;
  }

  /**
   * Gives arguments, as names and code: in place of what is there, else by keyword.
   * @throws EditRefused when they may be among arguments that this call doesn't show
   */
  give(args: readonly (readonly [string, string])[]): void {
    const { call } = this;
    if (!call) {
      const inside = args.map(([name, code]) => `${name}=${code}`).join(', ');
      this.edits.replace(this.node, `${this.name(`optimizers.${this.className}`)}(${inside})`);
      return;
    }
    const added = args.flatMap(([name, code]) => {
      const given = this.argument(name);
      if (given) {
        this.edits.replace(given, code);
        return [];
      }
      return [`${name}=${code}`];
    });
    if (added.length > 0 && call.spread) {
      throw new EditRefused(`Arguments of ${call.name} come from outside this call, and these may be among them.`);
    }
    addKeywords(call, added, this.analysis, this.edits);
  }

  /** Hands the optimizer to another one that works by it. */
  wrapWith(path: string, further: string): void {
    if (this.call) {
      this.edits.insert(this.node.start, `${this.name(path)}(`);
      this.edits.insert(this.node.end, `, ${further})`);
    } else {
      this.edits.replace(this.node, `${this.name(path)}(${this.name(`optimizers.${this.className}`)}(), ${further})`);
    }
  }

  /** Calls another class with the same arguments. */
  becomes(className: string): void {
    this.requireKeras3();
    const target = this.call && childOf(this.call.node, 'function');
    if (target) {
      this.edits.replace(target, this.name(`optimizers.${className}`));
    } else {
      this.edits.replace(this.node, `${this.name(`optimizers.${className}`)}()`);
    }
  }

  /** How this file writes something of Keras: "optimizers.schedules.CosineDecay". */
  name(path: string): string {
    const own = IN_KERAS.exec((this.call && fullName(this.call, this.analysis.module)) ?? '')?.[1];
    const root = own === 'tensorflow' || own === undefined ? kerasRoot(this.analysis) : own;
    return nameIn(root, path, this.analysis.module.ownerOf(this.node), this.analysis, this.edits);
  }
}

/** How a place writes something of Keras: by the name that the file has for Keras, rather than by TensorFlow's. */
export function kerasName(path: string, at: PythonFunction, analysis: PythonAnalysis, edits: EditList): string {
  return nameIn(kerasRoot(analysis), path, at, analysis, edits);
}

function nameIn(root: string, path: string, at: PythonFunction, analysis: PythonAnalysis, edits: EditList): string {
  const { module } = analysis;
  const whole = module.imports.find((binding) => binding.path === root && binding.owner === module.main);
  return whole ? `${whole.name}.${path}` : nameFor(`${root}.${path}`, at, analysis, edits);
}

/** The package by which a file knows Keras. */
export function kerasRoot({ module }: PythonAnalysis): string {
  const paths = module.imports.map(({ path }) => path);
  const root = ['keras', 'tf_keras', 'keras_core'].find((name) => paths.some((path) => path.split('.')[0] === name));
  return root ?? 'tensorflow.keras';
}
