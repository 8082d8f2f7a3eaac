import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { dottedName } from '../../loops/python/expressions.js';
import type { LocatedCall } from '../../loops/python/pythonModule.js';
import type { SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { addKeyword } from './callArguments.js';
import { EditRefused, type EditList } from './editList.js';

/** The one `Trainer(…)` of the file, whatever kind of trainer it is. */
export function soleTrainer({ module }: PythonAnalysis): LocatedCall {
  const trainers = module.calls.filter(({ name }) => /^[A-Z]\w*Trainer$/.test(name) || name === 'Trainer');
  const [trainer] = trainers;
  if (!trainer || trainers.length > 1 || trainer.spread) {
    throw new EditRefused(
      "Which Trainer gets these arguments, and with which callbacks, can't be told from this file.",
    );
  }
  return trainer;
}

/** The list itself, or the one that the name is given in this scope. */
function listOf(node: SyntaxNode, { owner }: LocatedCall, { module, units }: PythonAnalysis): SyntaxNode {
  const name = dottedName(module.text, node);
  const [only, another] = name === null ? [] : units.objects.visibleAssignments(name, owner);
  return only && !another && only.index === null && only.owner === owner && only.statement.start < node.start
    ? only.value
    : node;
}

/** Adds a callback, given as code, to those of the Trainer. */
export function addCallback(trainer: LocatedCall, callback: string, analysis: PythonAnalysis, edits: EditList): void {
  const written = trainer.keywords.get('callbacks');
  if (!written || written.type === 'none') {
    if (written) {
      edits.replace(written, `[${callback}]`);
    } else {
      addKeyword(trainer, `callbacks=[${callback}]`, analysis, edits);
    }
    return;
  }
  const given = listOf(written, trainer, analysis);
  const last = given.children.findLast(({ type }) => type !== 'comment');
  if (given.type !== 'list') {
    const [name] = callback.split('(');
    throw new EditRefused(`The callbacks of the Trainer are put together elsewhere: add ${name ?? callback} there.`);
  }
  edits.insert(last ? last.end : given.start + 1, last ? `, ${callback}` : callback);
}
