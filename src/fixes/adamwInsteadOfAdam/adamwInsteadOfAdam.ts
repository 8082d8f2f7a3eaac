import type { FixDescription } from '../../model/fix.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { lastPart, readCall, textOf, type Call } from '../../loops/python/expressions.js';
import { construction } from '../../loops/python/optimizers.js';
import type { Assignment } from '../../loops/python/pythonModule.js';
import type { TrainingUnit } from '../../loops/python/trainingUnits.js';
import { childOf } from '../../loops/syntax/syntaxNode.js';
import { EditRefused, type EditList } from '../editing/editList.js';
import { nameFor } from '../editing/importedNames.js';
import { numberSource } from '../editing/numberSource.js';
import { configuredOptimizers, joined } from '../editing/optimizerArguments.js';
import type { Fix } from '../fix.js';
import { STATE_CHANGES } from '../libraries/clipOptimizer.js';
import type { KerasOptimizer } from '../libraries/kerasOptimizer.js';
import type { OptaxOptimizer } from '../libraries/optaxOptimizer.js';
import { onOptimizers } from '../libraries/optimizerChange.js';
import { applyToLoops, refused, type LoopOutcome } from '../loopFix.js';

const description: FixDescription = {
  id: 'adamw-instead-of-adam',
  title: 'Decay weights apart from the gradient (AdamW)',
  why: "Adam divides the weight decay by the size of each weight's gradients, so the weights that move most decay least; AdamW decays all alike.",
  answers: ['overfitting'],
  contraindications: [
    'It changes what the number means: the best weight decay of AdamW is mostly larger (0.01 to 0.1), so tune it anew.',
    'Runs to be compared with earlier ones, or resumed from them.',
    'SGD, where both forms are the same up to the learning rate.',
  ],
  frameworks: ['pytorch', 'accelerate', 'fabric', 'jax'],
  settings: [],
  papers: [{ title: 'Decoupled Weight Decay Regularization', authors: 'Ilya Loshchilov, Frank Hutter', year: 2019 }],
  labArm: 'adamw',
};

const ANOTHER_MEANING =
  'The weight decay now means something else: the best one for AdamW is mostly larger (0.01 to 0.1).';

/** `Adam(…, weight_decay=…)` becomes `AdamW(…)`; the number stays. */
export const adamwInsteadOfAdam: Fix = {
  description,
  apply: (target) =>
    applyToLoops(target, {
      ...onOptimizers({
        keras: (optimizer) => inKeras(optimizer),
        optax: (optimizer, { analysis, edits }) => inChain(optimizer, analysis, edits),
        without: { tfjs: 'TensorFlow.js has no AdamW.' },
      }),
      unit: (unit, { analysis, edits }) => replaceIn(unit, analysis, edits),
      lightning: (training, { analysis, edits }) =>
        joined(
          configuredOptimizers(training, analysis).map(({ call }) =>
            replaceOne({ value: call.node, owner: call.owner }, analysis, edits),
          ),
        ),
      arguments: () => refused('The Trainer uses AdamW unless optim says otherwise, and offers no Adam with L2.'),
    }),
};

function replaceIn(unit: TrainingUnit, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const optimizers = [...new Set(unit.steps.map(({ event }) => event))];
  const seen = new Set<Assignment>();
  const outcomes = optimizers.flatMap((event) => {
    const built =
      event.target === null
        ? null
        : construction(event.target, event.owner, 'optimizer', analysis.module, analysis.units.objects);
    if (!built?.className) {
      throw new EditRefused(`Where ${event.target ?? 'the optimizer'} is built can't be told from this file.`);
    }
    const open = built.all.filter((assignment) => !seen.has(assignment));
    open.forEach((assignment) => seen.add(assignment));
    return open.map((assignment) => replaceOne(assignment, analysis, edits));
  });
  return (
    outcomes.find(({ kind }) => kind === 'edited') ??
    outcomes.find(({ kind }) => kind === 'already-there') ??
    (outcomes[0] as LoopOutcome)
  );
}

function replaceOne(
  { value, owner }: Pick<Assignment, 'value' | 'owner'>,
  analysis: PythonAnalysis,
  edits: EditList,
): LoopOutcome {
  const call = readCall(analysis.module.text, value);
  const line = analysis.lines.lineAt(value.start);
  if (!call || call.name !== 'Adam') {
    return call?.name === 'AdamW'
      ? { kind: 'already-there', line }
      : refused(`${call?.name ?? 'The optimizer'} is not Adam.`);
  }
  if (call.keywords.get('decoupled_weight_decay')?.type === 'true') {
    return { kind: 'already-there', line };
  }
  if (!isTorch(call, analysis)) {
    return refused('This Adam is not the one of torch.optim; whether its AdamW takes the same arguments is not known.');
  }
  const decay = call.keywords.get('weight_decay') ?? call.positional[4];
  if (!decay || call.spread || numberSource(decay, owner, analysis)?.value === 0) {
    return refused('No weight decay is set here, and without any AdamW does the same as Adam.');
  }
  const name = childOf(call.node, 'function');
  if (name) {
    edits.replace(name, nameFor('torch.optim.AdamW', owner, analysis, edits));
  }
  return {
    kind: 'edited',
    notes: [ANOTHER_MEANING],
  };
}

function isTorch({ callee }: Call, { module }: PythonAnalysis): boolean {
  const root = callee?.split('.')[0];
  const binding = module.imports.find(({ name }) => name === root);
  return binding?.path.split('.')[0] === 'torch' && lastPart(callee ?? '') === 'Adam';
}

/** Keras decays weights apart from the gradient whatever the class [code keras/src/optimizers/base_optimizer.py, 3.15]. */
function inKeras(optimizer: KerasOptimizer): LoopOutcome {
  if (optimizer.className === 'AdamW' || optimizer.argument('weight_decay')) {
    return { kind: 'already-there', line: optimizer.line };
  }
  return refused(
    'No weight decay is set in the optimizer. Where layers have an L2 regularizer, take it out and use keras.optimizers.AdamW.',
  );
}

/** `optax.chain(optax.add_decayed_weights(d), optax.adam(…))` adds the weights to the gradient: L2. */
function inChain(optimizer: OptaxOptimizer, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  if (optimizer.functionName === 'adamw') {
    return { kind: 'already-there', line: optimizer.line };
  }
  const links = optimizer.chain()?.positional ?? [];
  const at = links.indexOf(optimizer.call.node);
  const before = links[at - 1];
  const decay = before && analysis.module.calls.find(({ node }) => node === before);
  if (optimizer.functionName !== 'adam' || decay?.name !== 'add_decayed_weights') {
    return refused('No weight decay goes through Adam here: optax.add_decayed_weights does not stand in front of it.');
  }
  const amount = decay.keywords.get('weight_decay') ?? decay.positional[0];
  const mask = decay.keywords.get('mask') ?? decay.positional[1];
  if (!amount || decay.spread) {
    return refused('How much the weights decay is not written in this call.');
  }
  edits.remove(decay.node.start, optimizer.call.node.start);
  optimizer.becomes('adamw');
  optimizer.give([
    ['weight_decay', textOf(analysis.module.text, amount)],
    ...(mask ? ([['mask', textOf(analysis.module.text, mask)]] as const) : []),
  ]);
  return { kind: 'edited', notes: [ANOTHER_MEANING, STATE_CHANGES] };
}
