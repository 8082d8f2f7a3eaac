import type { FixDescription } from '../../model/fix.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { lastPart, readCall, type Call } from '../../loops/python/expressions.js';
import { construction } from '../../loops/python/optimizers.js';
import type { Assignment } from '../../loops/python/pythonModule.js';
import type { TrainingUnit } from '../../loops/python/trainingUnits.js';
import { childOf } from '../../loops/syntax/syntaxNode.js';
import { EditRefused, type EditList } from '../editing/editList.js';
import { nameFor } from '../editing/importedNames.js';
import { numberSource } from '../editing/numberSource.js';
import type { Fix } from '../fix.js';
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
  frameworks: ['pytorch', 'accelerate', 'fabric'],
  settings: [],
  papers: [{ title: 'Decoupled Weight Decay Regularization', authors: 'Ilya Loshchilov, Frank Hutter', year: 2019 }],
  labArm: null,
};

/** `Adam(…, weight_decay=…)` becomes `AdamW(…)`; the number stays. */
export const adamwInsteadOfAdam: Fix = {
  description,
  apply: (target) =>
    applyToLoops(target, {
      unit: (unit, { analysis, edits }) => replaceIn(unit, analysis, edits),
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

function replaceOne({ value, owner }: Assignment, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
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
    notes: ['The weight decay now means something else: the best one for AdamW is mostly larger (0.01 to 0.1).'],
  };
}

function isTorch({ callee }: Call, { module }: PythonAnalysis): boolean {
  const root = callee?.split('.')[0];
  const binding = module.imports.find(({ name }) => name === root);
  return binding?.path.split('.')[0] === 'torch' && lastPart(callee ?? '') === 'Adam';
}
