import type { ClippingWish } from '../clipGradients/clipInUnit.js';
import { pythonFloat } from '../settings.js';
import { refused, type LoopContext, type LoopOutcome } from '../loopFix.js';
import { contains } from '../../loops/syntax/syntaxNode.js';
import type { FunctionalTraining } from '../../loops/python/functionalTraining.js';
import { statementOf } from '../../loops/python/pythonModule.js';
import type { FoundLoop, PythonAnalysis } from '../../loops/sourceAnalysis.js';
import type { KerasOptimizer } from './kerasOptimizer.js';
import type { OptaxOptimizer } from './optaxOptimizer.js';
import type { OptimizerChange } from './optimizerChange.js';
import type { ScriptHelper } from './scriptHelper.js';

/** Clipping where the optimizer is built, which is where these libraries have it. */
export function clipInOptimizer(wish: ClippingWish): OptimizerChange {
  return {
    keras: (optimizer, context) => clippedInLoop(wish, context) ?? clipWithKeras(optimizer, wish),
    optax: (optimizer, context) => clippedInLoop(wish, context) ?? clipWithOptax(optimizer, wish, context),
    tfjs: (optimizer, { loop }) =>
      loop.clipping.kind === wish.kind && loop.clipping.line !== undefined
        ? { kind: 'already-there', line: loop.clipping.line }
        : optimizer.wrapWith(CLIPPING[wish.kind], String(wish.limit)),
  };
}

/** Keywords of Keras's optimizers that clip; of a group only one may be given, and there is only one group. */
const KERAS: Readonly<Record<ClippingWish['kind'], readonly string[]>> = {
  norm: ['global_clipnorm', 'clipnorm'],
  value: ['clipvalue'],
};

function clipWithKeras(optimizer: KerasOptimizer, { kind, limit }: ClippingWish): LoopOutcome {
  const other = kind === 'norm' ? 'value' : 'norm';
  const given = (keywords: readonly string[]) =>
    keywords.find((keyword) => {
      const node = optimizer.argument(keyword);
      return node !== undefined && node.type !== 'none';
    });
  if (given(KERAS[kind]) !== undefined) {
    return { kind: 'already-there', line: optimizer.line };
  }
  const another = given(KERAS[other]);
  if (another !== undefined) {
    return refused(`Gradients are clipped by ${another} here, and Keras takes one way of clipping only.`);
  }
  optimizer.give([[KERAS[kind][0] as string, pythonFloat(limit)]]);
  return { kind: 'edited', notes: [] };
}

const OPTAX: Readonly<Record<ClippingWish['kind'], string>> = { norm: 'clip_by_global_norm', value: 'clip' };

/** Transformations of optax that do the same as ours, or more. */
const OPTAX_CLIPS: Readonly<Record<ClippingWish['kind'], RegExp>> = {
  norm: /^(clip_by_global_norm|adaptive_grad_clip|clip_by_block_rms|per_example_global_norm_clip)$/,
  value: /^(clip|clip_by_value)$/,
};

function clipWithOptax(optimizer: OptaxOptimizer, { kind, limit }: ClippingWish, context: LoopContext): LoopOutcome {
  const { module, lines } = context.analysis;
  const inChain = optimizer.chain()?.positional ?? [];
  const there = module.calls.find(
    ({ name, callee, node }) =>
      OPTAX_CLIPS[kind].test(name) &&
      (inChain.includes(node) ||
        (callee ?? '').startsWith('optax.') ||
        module.importNamed(name)?.path.startsWith('optax')),
  );
  if (there) {
    return { kind: 'already-there', line: lines.lineAt(there.node.start) };
  }
  optimizer.transformFirst(`${optimizer.name(OPTAX[kind])}(${pythonFloat(limit)})`);
  return { kind: 'edited', notes: [STATE_CHANGES] };
}

/** What is said wherever an edit puts the optimizer of optax together in another way. */
export const STATE_CHANGES = 'States of the optimizer that were saved before this change no longer load.';

/** The function that steps clips the gradients itself: `tf.clip_by_global_norm(grads, 1.0)`, `jnp.clip(g, -1, 1)`. */
function clippedInLoop({ kind }: ClippingWish, { found, analysis }: LoopContext): LoopOutcome | null {
  const { module, lines } = analysis;
  const trainings = trainingsOf(found, analysis);
  const clip = module.calls.find(({ name, node }) => {
    const { start, end } = statementOf(node);
    return (
      /clip/i.test(name) &&
      (/norm|clip_grads/i.test(name) ? 'norm' : 'value') === kind &&
      trainings.some(({ owner, step }) => contains(owner.node, node) && node.start < step.node.end) &&
      /grad/i.test(module.text.slice(start, end))
    );
  });
  return clip ? { kind: 'already-there', line: lines.lineAt(clip.node.start) } : null;
}

/** What the loop runs at each step: `fit` runs the `train_step` of the model. */
function trainingsOf(found: FoundLoop, analysis: PythonAnalysis): readonly FunctionalTraining[] {
  const all = found.origin.kind === 'keras' ? analysis.found : [found];
  return all.flatMap(({ origin }) =>
    origin.kind === 'functional' && (origin === found.origin || origin.functional.owner.name === 'train_step')
      ? [origin.functional]
      : [],
  );
}

/** Gradients reach `applyGradients` by name or as a list, from `minimize`, `fit` and loops of one's own alike. */
function clippingHelper(name: string, limit: string, about: string, clip: readonly string[]): ScriptHelper {
  return {
    name,
    source: `
/** ${about} */
function ${name}‹<T extends tf.Optimizer>›(optimizer‹: T›, ${limit}‹: number›)‹: T› {
  const apply = optimizer.applyGradients.bind(optimizer);
  return Object.assign(optimizer, {
    applyGradients(gradients‹: Parameters<tf.Optimizer['applyGradients']>[0]›) {
      const named = Array.isArray(gradients)
        ? gradients
        : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
      const present = named.filter(({ tensor }) => tensor != null);
      tf.tidy(() => {
${clip.map((line) => `        ${line}`).join('\n')}
      });
    },
  });
}
`,
  };
}

const CLIPPING: Readonly<Record<ClippingWish['kind'], ScriptHelper>> = {
  norm: clippingHelper(
    'withClippedNorm',
    'maxNorm',
    'Makes the optimizer scale gradients down when their norm over all weights exceeds the limit.',
    [
      'const norm = tf.sqrt(tf.addN(present.map(({ tensor }) => tf.sum(tf.square(tensor)))));',
      'const factor = tf.minimum(1, tf.div(maxNorm, norm));',
      'apply(present.map(({ name, tensor }) => ({ name, tensor: tf.mul(tensor, factor) })));',
    ],
  ),
  value: clippingHelper(
    'withClippedValues',
    'limit',
    'Makes the optimizer hold every entry of the gradients within the limit.',
    ['apply(present.map(({ name, tensor }) => ({ name, tensor: tf.clipByValue(tensor, -limit, limit) })));'],
  ),
};
