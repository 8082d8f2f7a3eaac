import type { Clipping, TrainingLoop } from '../../model/loop.js';
import type { ArgumentPlace, LoopPlaces } from '../loopPlaces.js';
import type { SourceLines } from '../syntax/sourceLines.js';
import { contains } from '../syntax/syntaxNode.js';
import { javaScriptNumber, type JavaScriptModule } from './javaScriptModule.js';
import type { TfjsTraining } from './tfjsTraining.js';

export function tfjsPlaces({ loop, optimizers, gradients, step, compile, call, style }: TfjsTraining): LoopPlaces {
  const calls: ArgumentPlace[] = [
    ...(compile ? [{ role: 'compile' as const, call: compile }] : []),
    ...(style === 'fit' ? [{ role: 'fit' as const, call }] : []),
  ];
  return { node: loop, optimizers, gradients, step, arguments: calls };
}

export function describeTfjs(training: TfjsTraining, module: JavaScriptModule, lines: SourceLines): TrainingLoop {
  const range = lines.rangeOf(training.loop.start, training.loop.end);
  const { gradients, step, optimizers, call } = training;
  const classes = new Set(optimizers.map(({ className }) => className));
  const batches = call.name === 'trainOnBatch' ? { step: { line: lines.lineAt(call.node.start) } } : {};
  return {
    framework: 'tfjs',
    from: range.start,
    to: range.end,
    ...(gradients && { backward: { line: lines.lineAt(gradients.node.start) } }),
    ...(step ? { step: { line: lines.lineAt(step.node.start) } } : batches),
    optimizer: classes.size === 1 ? ([...classes][0] ?? null) : null,
    scheduler: null,
    clipping: clippingOf(training, module, lines),
    amp: 'none',
    accumulation: false,
    warnings: [],
  };
}

/** `tf.clipByValue(gradient, low, high)` in the function that steps. */
function clippingOf({ owner, step }: TfjsTraining, module: JavaScriptModule, lines: SourceLines): Clipping {
  const clip = step
    ? module.calls.find(
        ({ name, node }) =>
          ['clipByValue', 'clipByNorm', 'clipByGlobalNorm', 'clipGradients'].includes(name) &&
          contains(owner.node, node) &&
          node.start <= step.node.end,
      )
    : undefined;
  if (!clip) {
    return { kind: 'none' };
  }
  const limit = javaScriptNumber(module.text, clip.positional.at(-1));
  return {
    kind: clip.name === 'clipByValue' ? 'value' : 'norm',
    ...(limit === null ? {} : { limit }),
    line: lines.lineAt(clip.node.start),
  };
}
