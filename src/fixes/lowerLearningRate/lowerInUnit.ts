import type { LightningTraining } from '../../loops/python/lightningTraining.js';
import { configuredOptimizers, joined } from '../editing/optimizerArguments.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { numberValue, readCall, textOf, type Call } from '../../loops/python/expressions.js';
import { construction } from '../../loops/python/optimizers.js';
import type { Assignment } from '../../loops/python/pythonModule.js';
import type { TrainingUnit } from '../../loops/python/trainingUnits.js';
import type { SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { schedulersOf } from '../addWarmup/schedulers.js';
import { EditRefused, type EditList } from '../editing/editList.js';
import { numberSource, type NumberSource } from '../editing/numberSource.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { lowerNumber, type Aim } from './lowerNumber.js';
import { restoresOptimizer } from '../editing/restoredOptimizers.js';

/** Lowers the rate of every optimizer that the unit steps. */
export function lowerInUnit(unit: TrainingUnit, aim: Aim, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const sources = new Map<SyntaxNode, NumberSource>();
  for (const source of unit.steps.flatMap(({ event }) => ratesOf(event.target, unit, analysis))) {
    sources.set(source.node, source);
  }
  const outcomes = [...sources.values()].map((source) => lowerNumber(source, aim, analysis, edits));
  const edited = outcomes.filter(({ kind }) => kind === 'edited');
  const notes = edited.flatMap((outcome) => (outcome.kind === 'edited' ? outcome.notes : []));
  return edited.length > 0
    ? { kind: 'edited', notes: [...new Set([...notes, ...resumeNote(analysis)])] }
    : (outcomes[0] ?? refused('The learning rate comes from elsewhere: lower it there.'));
}

/** The optimizers that a Lightning module configures. */
export function lowerInLightning(
  training: LightningTraining,
  aim: Aim,
  analysis: PythonAnalysis,
  edits: EditList,
): LoopOutcome {
  const sources = new Map<SyntaxNode, NumberSource>();
  for (const { call } of configuredOptimizers(training, analysis)) {
    const source = found(rateOf(call, analysis), call, analysis);
    sources.set(source.node, source);
  }
  if (training.schedulers.some(({ name }) => /^(OneCycle|Cyclic)LR$/.test(name))) {
    throw new EditRefused('The scheduler sets the learning rate itself, up to a peak of its own: lower that.');
  }
  return joined([...sources.values()].map((source) => lowerNumber(source, aim, analysis, edits)));
}

/** The state of an optimizer holds its learning rate, too. */
function resumeNote(analysis: PythonAnalysis): readonly string[] {
  return restoresOptimizer(analysis) ? ['A resumed run takes the old rate from the saved state of the optimizer.'] : [];
}

/** Where the rates of one optimizer come from. */
function ratesOf(optimizer: string | null, unit: TrainingUnit, analysis: PythonAnalysis): readonly NumberSource[] {
  const step = unit.steps.find(({ event }) => event.target === optimizer)?.event;
  const { module, units } = analysis;
  const built = step && optimizer ? construction(optimizer, step.owner, 'optimizer', module, units.objects) : null;
  if (!built?.className || optimizer === null) {
    throw new EditRefused(`Where ${optimizer ?? 'the optimizer'} is built can't be told from this file.`);
  }
  const byScheduler = schedulersOf(optimizer, analysis).filter(({ call }) => /^(OneCycle|Cyclic)LR$/.test(call.name));
  if (byScheduler.length > 0) {
    return byScheduler.map(({ call, assignment }) => found(peakOf(call), assignment, analysis));
  }
  return built.all.flatMap((assignment) => {
    const call = readCall(module.text, assignment.value);
    return call ? [found(rateOf(call, analysis), assignment, analysis)] : [];
  });
}

/** OneCycleLR and CyclicLR set the rate themselves, up to a peak of their own. */
function peakOf(call: Call): SyntaxNode | undefined {
  if (call.name === 'CyclicLR') {
    throw new EditRefused('CyclicLR sets the learning rate between two limits; lower both.');
  }
  return call.keywords.get('max_lr') ?? call.positional[1];
}

function rateOf(call: Call, { module }: PythonAnalysis): SyntaxNode | undefined {
  const search = call.name === 'LBFGS' ? call.keywords.get('line_search_fn') : undefined;
  if (search && search.type !== 'none') {
    throw new EditRefused('LBFGS searches for the length of its steps itself: its learning rate is where it begins.');
  }
  const groups = call.keywords.get('params') ?? call.positional[0];
  if (groups && /["']lr["']/.test(textOf(module.text, groups))) {
    throw new EditRefused('The parameter groups have learning rates of their own; lower them together.');
  }
  return call.keywords.get('lr') ?? call.keywords.get('learning_rate') ?? call.positional[1];
}

function found(
  node: SyntaxNode | undefined,
  { owner }: Pick<Assignment, 'owner'>,
  analysis: PythonAnalysis,
): NumberSource {
  if (!node) {
    throw new EditRefused('The optimizer has the default learning rate of its library; pass lr to choose one.');
  }
  const source = numberSource(node, owner, analysis);
  if (!source) {
    throw new EditRefused(
      `The learning rate, ${textOf(analysis.module.text, node)}, comes from elsewhere or from several places: lower it there.`,
    );
  }
  if (numberValue(analysis.module.text, node) !== null && setsRate(analysis)) {
    throw new EditRefused('The learning rate is also set by hand while the run goes on; lower it there.');
  }
  return source;
}

function setsRate({ module, units }: PythonAnalysis): boolean {
  return module.functions.some((owner) => units.stream(owner).some(({ event }) => event.kind === 'set-rate'));
}
