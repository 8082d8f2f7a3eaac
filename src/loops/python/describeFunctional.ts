import type { Clipping, TrainingLoop } from '../../model/loop.js';
import type { LoopPlaces } from '../loopPlaces.js';
import type { SourceLines } from '../syntax/sourceLines.js';
import { contains, enclosing } from '../syntax/syntaxNode.js';
import { kerasClipping, kerasSchedule, soleClass } from './describeKeras.js';
import { numberValue, textOf, type Call } from './expressions.js';
import type { FunctionalTraining } from './functionalTraining.js';
import type { ObjectTable } from './objects.js';
import type { PythonModule } from './pythonModule.js';

export function functionalPlaces({ loop, optimizers, gradients, step }: FunctionalTraining): LoopPlaces {
  return { node: loop, optimizers, gradients, step, arguments: [] };
}

export function describeFunctional(
  training: FunctionalTraining,
  module: PythonModule,
  objects: ObjectTable,
  lines: SourceLines,
): TrainingLoop {
  const range = lines.rangeOf(training.loop.start, training.loop.end);
  const { gradients, step, optimizers, owner } = training;
  const isTape = training.style === 'tape';
  return {
    framework: isTape ? 'keras' : 'jax',
    from: range.start,
    to: range.end,
    ...(gradients && { backward: { line: lines.lineAt(gradients.node.start) } }),
    step: { line: lines.lineAt(step.node.start) },
    optimizer: soleClass(optimizers),
    scheduler: isTape ? kerasSchedule(optimizers, owner, module, objects) : optaxSchedule(module),
    clipping: clippingOf(training, module, lines),
    amp: precisionOf(module),
    accumulation: module.calls.some(({ name }) => name === 'MultiSteps' || name === 'apply_every'),
    warnings: [],
  };
}

/** Functions of optax that make a schedule: `warmup_cosine_decay_schedule`, `linear_schedule`, `exponential_decay`. */
function optaxSchedule({ calls }: PythonModule): string | null {
  const made = calls.find(({ name }) => /(_schedule|_decay|_onecycle_schedule)$/.test(name) && name !== 'add_decay');
  return made?.name.toLowerCase() ?? null;
}

/** Calls that clip gradients, with what they bound. */
const CLIPPING: Readonly<Record<string, 'norm' | 'value'>> = {
  clip_by_global_norm: 'norm',
  clip_grad_norm: 'norm',
  adaptive_grad_clip: 'norm',
  clip_by_block_rms: 'norm',
  per_example_global_norm_clip: 'norm',
  clip_by_norm: 'norm',
  clip: 'value',
  clip_by_value: 'value',
  clip_grads: 'norm',
};

function clippingOf(training: FunctionalTraining, module: PythonModule, lines: SourceLines): Clipping {
  const call = module.calls.find((candidate) => isClipping(candidate, training, module));
  if (!call) {
    return kerasClipping(training.optimizers, module, lines);
  }
  const limit = limitOf(call, module);
  return {
    kind: CLIPPING[call.name] ?? 'norm',
    ...(limit === null ? {} : { limit }),
    line: lines.lineAt(call.node.start),
  };
}

const COMPREHENSIONS = new Set(['list_comprehension', 'generator_expression', 'dictionary_comprehension']);

/** optax clips where the optimizer is built, everyone else where the gradients are. */
function isClipping(call: Call, { owner, step, style }: FunctionalTraining, module: PythonModule): boolean {
  if (!Object.hasOwn(CLIPPING, call.name)) {
    return false;
  }
  const inStep = contains(owner.node, call.node) && call.node.start <= step.node.start;
  // `[tf.clip_by_norm(g, 1.0) for g in gradients]`
  const each = enclosing(call.node, COMPREHENSIONS);
  const ofGradients = [...call.positional, ...(each ? [each] : [])].some((node) =>
    /grad/i.test(textOf(module.text, node)),
  );
  const inChain =
    style !== 'tape' &&
    (call.callee ?? '')
      .split('.')
      .slice(0, -1)
      .some((part) => part === 'optax');
  const imported = module.imports.some(({ name, path }) => name === call.name && path.startsWith('optax.'));
  return inChain || imported || (inStep && ofGradients);
}

function limitOf(call: Call, { text }: PythonModule): number | null {
  const keyword = ['max_norm', 'clip_norm', 'max_delta', 'clipping'].flatMap(
    (name) => call.keywords.get(name) ?? [],
  )[0];
  const positional = call.positional.length === 1 ? call.positional[0] : call.positional.at(-1);
  return numberValue(text, keyword ?? positional);
}

function precisionOf({ calls, text }: PythonModule): TrainingLoop['amp'] {
  if (
    calls.some(({ name }) => name === 'LossScaleOptimizer' || name === 'DynamicScale' || name === 'DynamicLossScale')
  ) {
    return 'grad-scaler';
  }
  return /mixed_bfloat16/.test(text) || calls.some(({ keywords }) => isBfloat(keywords.get('dtype'), text))
    ? 'bf16'
    : 'none';
}

function isBfloat(node: Parameters<typeof textOf>[1] | undefined, text: string): boolean {
  return node !== undefined && /^(jnp|jax\.numpy|mx)\.bfloat16$/.test(textOf(text, node));
}
