import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { statementOf } from '../../loops/python/pythonModule.js';
import { childOf, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { EditRefused, indentUnit, type EditList } from './editList.js';

/**
 * A Lightning hook that runs when the gradients of a step are complete and unscaled, before Lightning clips them, under
 * automatic and manual optimization alike [code lightning plugins/precision/amp.py, 2.x].
 */
const HOOK = 'on_before_optimizer_step';

/** Puts code into the hook of the module, at its beginning; writes the hook where there is none. */
export function insertBeforeLightningStep(
  classNode: SyntaxNode,
  code: (optimizer: string) => readonly string[],
  analysis: PythonAnalysis,
  edits: EditList,
): void {
  const { module, root, lines } = analysis;
  const methods = module.functions.filter(
    ({ node }) => node.type === 'function_definition' && statementOf(node).parent?.parent === classNode,
  );
  const hook = methods.find(({ name }) => name === HOOK);
  if (!hook) {
    const last = methods.at(-1);
    if (!last) {
      throw new EditRefused('The module has no methods behind which a hook could stand.');
    }
    const indent = indentUnit(root, lines);
    edits.insertAfter(statementOf(last.node), [
      '',
      `def ${HOOK}(self, optimizer):`,
      ...code('optimizer').map((line) => indent + line),
    ]);
    return;
  }
  const optimizer = hook.parameters[1]?.name;
  const statements = (childOf(hook.node, 'body')?.children ?? []).filter(({ type }) => type !== 'comment');
  const first = statements.find(({ children }) => children[0]?.type !== 'string');
  if (optimizer === undefined || !first) {
    throw new EditRefused(`${HOOK} of the module takes no optimizer.`);
  }
  edits.insertBefore(first, code(optimizer));
}
