import type { Clipping, TrainingLoop } from '../../model/loop.js';
import type { ArgumentPlace, LoopPlaces, OptimizerPlace } from '../loopPlaces.js';
import type { SourceLines } from '../syntax/sourceLines.js';
import { walk, type SyntaxNode } from '../syntax/syntaxNode.js';
import { numberValue, readCall, stringValue, type Call } from './expressions.js';
import type { KerasTraining } from './kerasTraining.js';
import type { PythonFunction, PythonModule } from './pythonModule.js';
import type { ObjectTable } from './objects.js';

export function kerasPlaces({ node, optimizers, compile, fit }: KerasTraining): LoopPlaces {
  const calls: ArgumentPlace[] = [
    ...(compile ? [{ role: 'compile' as const, call: compile }] : []),
    ...(fit ? [{ role: 'fit' as const, call: fit }] : []),
  ];
  return { node, optimizers, gradients: null, step: null, arguments: calls };
}

export function describeKeras(
  training: KerasTraining,
  module: PythonModule,
  objects: ObjectTable,
  lines: SourceLines,
): TrainingLoop {
  const range = lines.rangeOf(training.node.start, training.node.end);
  const owner = (training.fit ?? training.compile)?.owner ?? module.main;
  const isLoop = training.node !== training.fit?.node;
  return {
    framework: 'keras',
    from: range.start,
    to: range.end,
    ...(training.fit && isLoop ? { step: { line: lines.lineAt(training.fit.node.start) } } : {}),
    optimizer: soleClass(training.optimizers),
    scheduler: kerasSchedule(training.optimizers, owner, module, objects) ?? callbackSchedule(training.fit, module),
    clipping: kerasClipping(training.optimizers, module, lines),
    amp: kerasPrecision(module),
    accumulation: training.optimizers.some(({ call }) => call?.keywords.has('gradient_accumulation_steps')),
    warnings: [],
  };
}

export function soleClass(optimizers: readonly OptimizerPlace[]): string | null {
  const classes = new Set(optimizers.map(({ className }) => className));
  return classes.size === 1 ? ([...classes][0] ?? null) : null;
}

/** Keywords by which Keras's optimizers clip; `clipnorm` bounds each variable's gradient, the global one all together. */
const CLIPPING: readonly (readonly [string, 'norm' | 'value'])[] = [
  ['global_clipnorm', 'norm'],
  ['clipnorm', 'norm'],
  ['clipvalue', 'value'],
];

export function kerasClipping(
  optimizers: readonly OptimizerPlace[],
  { text }: PythonModule,
  lines: SourceLines,
): Clipping {
  for (const { call } of optimizers) {
    for (const [keyword, kind] of CLIPPING) {
      const node = call?.keywords.get(keyword);
      if (node && node.type !== 'none') {
        const limit = numberValue(text, node);
        return { kind, ...(limit === null ? {} : { limit }), line: lines.lineAt(node.start) };
      }
    }
  }
  return { kind: 'none' };
}

/** The class of `keras.optimizers.schedules` that is the learning rate, directly or through a name. */
export function kerasSchedule(
  optimizers: readonly OptimizerPlace[],
  owner: PythonFunction,
  module: PythonModule,
  objects: ObjectTable,
): string | null {
  for (const { learningRate } of optimizers) {
    const name = learningRate?.type === 'identifier' ? module.text.slice(learningRate.start, learningRate.end) : null;
    const values = name === null ? [] : objects.visibleAssignments(name, owner).map(({ value }) => value);
    for (const node of [...(learningRate ? [learningRate] : []), ...values]) {
      const call = readCall(module.text, node);
      if (call && isSchedule(call)) {
        return call.name.toLowerCase();
      }
    }
  }
  return null;
}

function isSchedule({ callee, name }: Call): boolean {
  return (callee ?? '').includes('schedules.') || /(Decay|Schedule|Restarts|WarmUp)$/.test(name);
}

const SCHEDULE_CALLBACKS = new Set(['LearningRateScheduler', 'ReduceLROnPlateau']);

function callbackSchedule(fit: Call | null, module: PythonModule): string | null {
  const callbacks = fit?.keywords.get('callbacks');
  const nodes: SyntaxNode[] = callbacks ? [...walk(callbacks)] : [];
  const inside = nodes
    .map((node) => readCall(module.text, node))
    .find((call) => call && SCHEDULE_CALLBACKS.has(call.name));
  const named = inside ?? (callbacks ? module.calls.find(({ name }) => SCHEDULE_CALLBACKS.has(name)) : undefined);
  return named?.name.toLowerCase() ?? null;
}

/** `keras.mixed_precision.set_global_policy("mixed_bfloat16")`. Keras scales the loss by itself with float16. */
function kerasPrecision(module: PythonModule): TrainingLoop['amp'] {
  const words = module.calls
    .filter(({ name }) => ['set_global_policy', 'set_policy', 'set_dtype_policy', 'Policy'].includes(name))
    .map(({ positional }) => stringValue(module.text, positional[0]));
  return words.includes('mixed_bfloat16') ? 'bf16' : words.includes('mixed_float16') ? 'grad-scaler' : 'none';
}
