import type { Clipping, TrainingLoop } from '../../model/loop.js';
import type { LoopPlaces } from '../loopPlaces.js';
import type { SourceLines } from '../syntax/sourceLines.js';
import type { SyntaxNode } from '../syntax/syntaxNode.js';
import { numberValue, stringValue, textOf } from './expressions.js';
import { trainerKeyword, type LightningTraining } from './lightningTraining.js';
import type { PythonModule } from './pythonModule.js';

export function lightningPlaces(training: LightningTraining): LoopPlaces {
  return {
    node: lightningNode(training),
    optimizers: training.optimizers,
    gradients: null,
    step: null,
    arguments: training.trainers.map((call) => ({ role: 'trainer', call })),
  };
}

/** What a person would point at: the training step, else the trainer. */
function lightningNode({ trainingStep, trainers }: LightningTraining): SyntaxNode {
  return trainingStep?.node ?? (trainers[0]?.node as SyntaxNode);
}

export function describeLightning(training: LightningTraining, module: PythonModule, lines: SourceLines): TrainingLoop {
  const node = lightningNode(training);
  const range = lines.rangeOf(node.start, node.end);
  const classes = new Set(training.optimizers.map(({ className }) => className));
  return {
    framework: 'lightning',
    from: range.start,
    to: range.end,
    optimizer: classes.size === 1 ? ([...classes][0] ?? null) : null,
    scheduler: training.schedulers[0]?.name.toLowerCase() ?? null,
    clipping: clippingOf(training, module, lines),
    amp: precisionOf(training, module),
    accumulation: accumulates(training, module),
    warnings: [],
  };
}

function clippingOf(training: LightningTraining, module: PythonModule, lines: SourceLines): Clipping {
  const value = trainerKeyword(training, 'gradient_clip_val');
  const own = training.methods.get('configure_gradient_clipping');
  if (!value || value.type === 'none') {
    return own ? { kind: 'norm', line: lines.lineAt(own.node.start) } : { kind: 'none' };
  }
  const algorithm = stringValue(module.text, trainerKeyword(training, 'gradient_clip_algorithm'));
  const limit = numberValue(module.text, value);
  // Lightning takes 0 for no clipping.
  return limit === 0
    ? { kind: 'none', line: lines.lineAt(value.start) }
    : {
        kind: algorithm === 'value' ? 'value' : 'norm',
        ...(limit === null ? {} : { limit }),
        line: lines.lineAt(value.start),
      };
}

function precisionOf(training: LightningTraining, { text }: PythonModule): TrainingLoop['amp'] {
  const node = trainerKeyword(training, 'precision');
  const word = node ? (stringValue(text, node) ?? textOf(text, node)) : '';
  return word.startsWith('bf16') ? 'bf16' : ['16', '16-mixed'].includes(word) ? 'grad-scaler' : 'none';
}

function accumulates(training: LightningTraining, { text }: PythonModule): boolean {
  const node = trainerKeyword(training, 'accumulate_grad_batches');
  return node !== undefined && node.type !== 'none' && numberValue(text, node) !== 1;
}
