import { textOf } from '../../loops/python/expressions.js';
import type { TfjsTraining } from '../../loops/javascript/tfjsTraining.js';
import { contains, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import type { LocatedCall } from '../../loops/python/pythonModule.js';
import { EditRefused } from '../editing/editList.js';
import { numberSource } from '../editing/numberSource.js';
import { STATE_CHANGES } from '../libraries/clipOptimizer.js';
import type { KerasOptimizer } from '../libraries/kerasOptimizer.js';
import { givenRate, warmsUp } from '../libraries/learningRate.js';
import type { OptaxOptimizer } from '../libraries/optaxOptimizer.js';
import type { OptimizerChange } from '../libraries/optimizerChange.js';
import { literalSteps } from '../libraries/runSteps.js';
import { rateSetter } from '../libraries/scheduleInOptimizer.js';
import { scriptHelperAt, type ScriptHelper } from '../libraries/scriptHelper.js';
import { refused, type LoopContext, type LoopOutcome } from '../loopFix.js';
import { LARGEST_SHARE, SHORTEST_RUN, type Warmup } from './warmUpInUnit.js';

/** Optimizers that bring their own warmup, or work out the rate by how far the weights have come. */
const UNFIT = /^(radam|dadapt\w*|prodigy)$/;

/** A linear rise in front of the rate or of the schedule that there is. */
export function warmUpInLibraries(warmup: Pick<Warmup, 'steps' | 'chosen'>): OptimizerChange {
  return {
    keras: (optimizer, context) => warmUp(optimizer, IN_KERAS, warmup, context),
    optax: (optimizer, context) => warmUp(optimizer, IN_OPTAX, warmup, context),
    tfjs: (optimizer, { analysis, found }) => {
      const { module, lines } = analysis;
      if (isBuiltAnew(optimizer.node, found.origin.tfjs)) {
        return refused(
          `The optimizer on line ${lines.lineAt(optimizer.node.start) + 1} is built anew for every step, so that its rate would never rise: build it once, outside.`,
        );
      }
      const there = scriptHelperAt(WITH_WARMUP, analysis);
      if (there !== null) {
        return { kind: 'already-there', line: lines.lineAt(there) };
      }
      const setter = module.calls.find(({ name }) => name === 'setLearningRate');
      return setter
        ? refused(`The learning rate is set on line ${lines.lineAt(setter.node.start) + 1}: put the warmup in there.`)
        : withNote(optimizer.wrapWith(WITH_WARMUP, String(warmup.steps)), warmup.steps);
    },
  };
}

const LOOP = /^(for|for_in|while|do)_statement$/;
const FUNCTION = /function|^method_definition$/;

/** Built in the loop that steps, or in a function that makes one step each time that it is called. */
function isBuiltAnew(built: SyntaxNode, { style, call }: TfjsTraining): boolean {
  if (style === 'fit') {
    return false;
  }
  for (let at: SyntaxNode | null = call.node.parent; at; at = at.parent) {
    if (LOOP.test(at.type) || FUNCTION.test(at.type)) {
      return contains(at, built);
    }
  }
  return false;
}

/** How a library writes schedules that rise. */
interface Dialect {
  /** A rise to a number, which stays. */
  readonly rise: (rate: string, steps: number, name: (schedule: string) => string) => string;
  /** The schedule that a rise can be put in front of. */
  readonly cosine: string;
  /** Its first two arguments, by their names. */
  readonly takes: readonly [string, string];
  /** The function that rises first, and its arguments. */
  readonly risen: string;
  readonly args: (rate: string, steps: number, total: string) => readonly (readonly [string, string])[];
}

const IN_KERAS: Dialect = {
  rise: (rate, steps, name) =>
    `${name('optimizers.schedules.PolynomialDecay')}(initial_learning_rate=0.0, decay_steps=${steps}, end_learning_rate=${rate})`,
  cosine: 'CosineDecay',
  takes: ['initial_learning_rate', 'decay_steps'],
  risen: 'optimizers.schedules.CosineDecay',
  // Keras counts the decay from the end of the warmup on.
  args: (rate, steps, total) => [
    ['initial_learning_rate', '0.0'],
    ['decay_steps', `${total} - ${steps}`],
    ['warmup_target', rate],
    ['warmup_steps', String(steps)],
  ],
};

const IN_OPTAX: Dialect = {
  rise: (rate, steps, name) =>
    `${name('linear_schedule')}(init_value=0.0, end_value=${rate}, transition_steps=${steps})`,
  cosine: 'cosine_decay_schedule',
  takes: ['init_value', 'decay_steps'],
  risen: 'warmup_cosine_decay_schedule',
  // optax counts the warmup among the steps of the decay.
  args: (rate, steps, total) => [
    ['init_value', '0.0'],
    ['peak_value', rate],
    ['warmup_steps', String(steps)],
    ['decay_steps', total],
  ],
};

function warmUp(
  optimizer: KerasOptimizer | OptaxOptimizer,
  dialect: Dialect,
  warmup: Pick<Warmup, 'steps' | 'chosen'>,
  context: LoopContext,
): LoopOutcome {
  const { analysis } = context;
  const { module, lines } = analysis;
  const isKeras = 'className' in optimizer;
  const kind = isKeras ? optimizer.className : optimizer.functionName;
  if (UNFIT.test(kind)) {
    return refused(`${kind} brings its own warmup or works out the length of its steps itself.`);
  }
  const unscheduled = isKeras ? null : optimizer.unscheduledReason();
  if (unscheduled !== null) {
    return refused(unscheduled);
  }
  const node = optimizer.argument('learning_rate');
  const scope = module.ownerOf(optimizer.node);
  const given = givenRate(node, scope, analysis);
  if (given.kind === 'schedule' && warmsUp(given.call, analysis)) {
    return { kind: 'already-there', line: lines.lineAt(given.call.node.start) };
  }
  const byHand = module.calls.find(({ name }) => /warm_?up(?!.*restart)/i.test(name));
  if (byHand) {
    return { kind: 'already-there', line: lines.lineAt(byHand.node.start) };
  }
  const setter = rateSetter(analysis);
  if (given.kind === 'unknown' || setter !== null) {
    return refused(
      `Something else sets the learning rate (line ${(setter ?? optimizer.line) + 1}): put the warmup in there.`,
    );
  }
  if (given.kind === 'schedule') {
    const steps = putBefore(given.call, dialect, warmup, optimizer, context);
    return withNote({ kind: 'edited', notes: [] }, steps);
  }
  const steps = stepsFor(warmup, context);
  const rate = node ? textOf(module.text, node) : isKeras ? String(optimizer.usualRate) : null;
  if (rate === null) {
    return refused('The learning rate of this optimizer is not written here.');
  }
  const code = dialect.rise(rate, steps, (name) => optimizer.name(name));
  optimizer.give([['learning_rate', code]]);
  return withNote({ kind: 'edited', notes: isKeras ? [] : [STATE_CHANGES] }, steps);
}

/** The schedule that is there gets a rise of its own, within the steps that it has. */
function putBefore(
  call: LocatedCall,
  dialect: Dialect,
  warmup: Pick<Warmup, 'steps' | 'chosen'>,
  optimizer: KerasOptimizer | OptaxOptimizer,
  { analysis, edits }: LoopContext,
): number {
  const { module } = analysis;
  const [first, length] = dialect.takes;
  const rate = call.keywords.get(first) ?? call.positional[0];
  const total = call.keywords.get(length) ?? call.positional[1];
  const known = numberSource(total, call.owner, analysis)?.value;
  const steps =
    warmup.chosen || known === undefined ? warmup.steps : Math.min(warmup.steps, Math.round(known * LARGEST_SHARE));
  const plain = [...call.keywords.keys()].every((name) => name === first || name === length);
  if (call.name !== dialect.cosine || !plain || call.spread || call.positional.length > 2) {
    throw new EditRefused(
      `How ${call.name} and a warmup go together is not known: put the warmup in front of it by hand.`,
    );
  }
  if (!rate || !total || steps < 1 || (known ?? Infinity) <= steps) {
    throw new EditRefused(`The schedule is too short for a warmup of ${steps} steps.`);
  }
  const written = textOf(module.text, total);
  const span = /^[\w.]+$/.test(written) ? written : `(${written})`;
  const args = dialect.args(textOf(module.text, rate), steps, span);
  edits.replace(
    call.node,
    `${optimizer.name(dialect.risen)}(${args.map(([name, code]) => `${name}=${code}`).join(', ')})`,
  );
  return steps;
}

/** A tenth of the run where its length is written in the file. */
function stepsFor({ steps, chosen }: Pick<Warmup, 'steps' | 'chosen'>, context: LoopContext): number {
  const total = chosen ? null : literalSteps(context);
  if (total === null) {
    return steps;
  }
  if (total < SHORTEST_RUN) {
    throw new EditRefused(`The run is only ${total} steps long: too short for a warmup.`);
  }
  return Math.max(1, Math.min(steps, Math.round(total * LARGEST_SHARE)));
}

function withNote(outcome: LoopOutcome, steps: number): LoopOutcome {
  const note = `The learning rate rises over ${steps} optimizer steps; choose fewer if that is more than a tenth of the run.`;
  return outcome.kind === 'edited' ? { kind: 'edited', notes: [note, ...outcome.notes] } : outcome;
}

/** TensorFlow.js has no schedules, but reads the rate of the optimizer anew at every step. */
const WITH_WARMUP: ScriptHelper = {
  name: 'withWarmup',
  source: `
/** Makes the learning rate of the optimizer rise to its full value over the first steps. */
function withWarmup‹<T extends tf.Optimizer>›(optimizer‹: T›, steps‹: number›)‹: T› {
  const held = optimizer‹ as unknown as { learningRate: number; setLearningRate?(rate: number): void }›;
  const apply = optimizer.applyGradients.bind(optimizer);
  const full = held.learningRate;
  let step = 0;
  return Object.assign(optimizer, {
    applyGradients(gradients‹: Parameters<tf.Optimizer['applyGradients']>[0]›) {
      step += 1;
      const rate = full * Math.min(1, step / steps);
      if (held.setLearningRate) {
        held.setLearningRate(rate);
      } else {
        held.learningRate = rate;
      }
      apply(gradients);
    },
  });
}
`,
};
