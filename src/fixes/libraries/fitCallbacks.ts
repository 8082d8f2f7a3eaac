import { dottedName } from '../../loops/python/expressions.js';
import type { LocatedCall } from '../../loops/python/pythonModule.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import type { SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { addKeyword } from '../editing/callArguments.js';
import { EditRefused, type EditList } from '../editing/editList.js';

/** Adds a callback, given as code, to those of Keras's `fit`: in the call, or in the list that it names. */
export function addFitCallback(fit: LocatedCall, callback: string, analysis: PythonAnalysis, edits: EditList): void {
  const given = fit.keywords.get('callbacks');
  if (!given || given.type === 'none') {
    if (fit.spread) {
      throw new EditRefused('Arguments of fit come from outside this call; callbacks may be among them.');
    }
    if (given) {
      edits.replace(given, `[${callback}]`);
    } else {
      addKeyword(fit, `callbacks=[${callback}]`, analysis, edits);
    }
    return;
  }
  const list = given.type === 'list' ? given : listNamed(given, fit, analysis);
  if (!list) {
    throw new EditRefused(`The callbacks of fit are put together elsewhere: add ${callback} there.`);
  }
  const { lines } = analysis;
  const last = list.children.findLast(({ type }) => type !== 'comment');
  const line = lines.lineAt(last?.start ?? list.start);
  const ownLine = line > lines.lineAt(list.start);
  const between = ownLine ? `,${lines.lineBreak(line)}${lines.indentation(line)}` : ', ';
  edits.insert(last ? last.end : list.start + 1, last ? between + callback : callback);
}

/** The one list of this scope or around it that the name was assigned. */
function listNamed(node: SyntaxNode, fit: LocatedCall, { module, units }: PythonAnalysis): SyntaxNode | null {
  const name = dottedName(module.text, node);
  const assigned = name === null ? [] : units.objects.visibleAssignments(name, fit.owner);
  const [only] = assigned;
  return only && assigned.length === 1 && only.value.type === 'list' ? only.value : null;
}
