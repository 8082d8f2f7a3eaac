import type { FixDescription } from '../../model/fix.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { textOf } from '../../loops/python/expressions.js';
import type { TrainingUnit } from '../../loops/python/trainingUnits.js';
import { contains, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { EditRefused, indentUnit, quoteOf, type EditList } from '../editing/editList.js';
import { epochLoopOf, firstStatement } from '../editing/epochLoop.js';
import { isVisible } from '../editing/visibleNames.js';
import type { Fix } from '../fix.js';
import { applyToLoops, refused, type LoopOutcome } from '../loopFix.js';

const description: FixDescription = {
  id: 'set-epoch',
  title: 'Shuffle anew in every epoch (set_epoch)',
  why: 'A DistributedSampler draws the same order in every epoch unless it is told the epoch, so that the same examples meet in the same batches again and again.',
  answers: ['data', 'overfitting', 'worker-mismatch'],
  contraindications: [
    'Samplers that must not shuffle, as in evaluation.',
    'Runs to be compared with earlier ones step by step: the order of the data changes.',
  ],
  frameworks: ['pytorch'],
  settings: [],
  papers: [
    {
      title: 'PyTorch Distributed: Experiences on Accelerating Data Parallel Training',
      authors: 'Shen Li, Yanli Zhao, Rohan Varma, et al.',
      year: 2020,
    },
  ],
  labArm: null,
};

/** `sampler.set_epoch(epoch)` at the beginning of every epoch. */
export const setEpoch: Fix = {
  description,
  apply: (target) =>
    applyToLoops(target, {
      unit: (unit, { analysis, edits }) => tellEpoch(unit, analysis, edits),
      elsewhere: 'The library that runs the loop tells its samplers the epoch itself.',
    }),
};

function tellEpoch(unit: TrainingUnit, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const { module, lines, root } = analysis;
  const there = module.calls.find(({ name }) => name === 'set_epoch');
  if (there) {
    return { kind: 'already-there', line: lines.lineAt(there.node.start) };
  }
  const routes = unit.backwards.map(({ event }) => event.route);
  if (routes.some((route) => route === 'accelerate' || route === 'fabric' || route === 'lightning')) {
    return refused('The library that runs the loop tells its samplers the epoch itself.');
  }
  const { code, certain } = samplerName(analysis);
  const epochs = epochLoopOf(unit, analysis);
  const first = epochs && firstStatement(epochs.body);
  if (!epochs || !first || epochs.variable === null) {
    return refused('No loop in this file counts the epochs.');
  }
  if (!isVisible(code, epochs.owner, analysis)) {
    throw new EditRefused(`${code} is not known where the epochs are counted: hand it over.`);
  }
  if (module.text.slice(first.start, first.end).includes('\\\n')) {
    throw new EditRefused('The first statement of the epoch goes over several lines.');
  }
  const epoch = epochs.variable;
  const call = `${code}.set_epoch(${epoch})`;
  const quote = quoteOf(module.text);
  edits.insertBefore(
    first,
    certain ? [call] : [`if hasattr(${code}, ${quote}set_epoch${quote}):`, indentUnit(root, lines) + call],
  );
  return { kind: 'edited', notes: [] };
}

/** How the sampler of the training data can be written, and whether it is one for certain. */
function samplerName({ module }: PythonAnalysis): { readonly code: string; readonly certain: boolean } {
  const samplers = module.calls.filter(
    ({ name, keywords }) => name === 'DistributedSampler' && keywords.get('shuffle')?.type !== 'false',
  );
  const [sampler] = samplers;
  if (!sampler) {
    throw new EditRefused('Nothing in this file builds a DistributedSampler that shuffles.');
  }
  if (samplers.length > 1) {
    throw new EditRefused('Several samplers shuffle: which of them is for training has to be decided by hand.');
  }
  const assignment = module.assignments.find(({ value }) => contains(value, sampler.node));
  if (!assignment || assignment.index !== null || assignment.target.includes('[')) {
    throw new EditRefused('The sampler has no name by which it could be called.');
  }
  const certain = module.assignments.filter(({ target }) => target === assignment.target).length === 1;
  if (assignment.value === sampler.node) {
    return { code: assignment.target, certain };
  }
  return isLoaderOf(assignment.value, sampler.node, module.text)
    ? { code: `${assignment.target}.sampler`, certain }
    : { code: assignment.target, certain: false };
}

/** `DataLoader(dataset, sampler=DistributedSampler(dataset))`. */
function isLoaderOf(value: SyntaxNode, sampler: SyntaxNode, text: string): boolean {
  const keyword = sampler.parent;
  return (
    value.type === 'call' &&
    keyword?.type === 'keyword_argument' &&
    textOf(text, keyword).startsWith('sampler') &&
    /^[\w.]*DataLoader\(/.test(textOf(text, value))
  );
}
