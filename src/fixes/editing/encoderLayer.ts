import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import type { LocatedCall } from '../../loops/python/pythonModule.js';
import { childOf } from '../../loops/syntax/syntaxNode.js';
import { addHelper, definitionOf, helperFrom, nameOfHelper } from './helperFunction.js';
import type { EditList } from './editList.js';
import { refused, type LoopOutcome } from '../loopFix.js';

/** `nn.TransformerEncoderLayer(…)` becomes a documented layer of the user's own, which `source` defines. */
export function replaceEncoderLayer(
  source: string,
  notes: readonly string[],
  call: LocatedCall,
  analysis: PythonAnalysis,
  edits: EditList,
): LoopOutcome {
  const name = nameOfHelper(source);
  if (call.name !== 'TransformerEncoderLayer') {
    return refused('PyTorch has no place for such norms in its TransformerDecoderLayer; write the block out first.');
  }
  if (call.positional.length > 6) {
    return refused(
      'The arguments of TransformerEncoderLayer are given by position; name those after layer_norm_eps first.',
    );
  }
  const defined = definitionOf(name, analysis);
  // Only the helper itself names the layer of PyTorch any more.
  if (defined !== null && call.owner.className === name) {
    return { kind: 'already-there', line: analysis.lines.lineAt(defined) };
  }
  const target = childOf(call.node, 'function');
  if (!target) {
    return refused('The layer is built in a way that can’t be read.');
  }
  addHelper(helperFrom(source, analysis, edits), analysis, edits);
  edits.replace(target, name);
  return { kind: 'edited', notes };
}
