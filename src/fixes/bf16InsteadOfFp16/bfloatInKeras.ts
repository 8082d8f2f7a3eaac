import { stringValue, textOf } from '../../loops/python/expressions.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { quoteOf, type EditList } from '../editing/editList.js';
import { refused, type LoopOutcome } from '../loopFix.js';

const SETTERS = /^(set_global_policy|set_dtype_policy|set_policy|Policy|DTypePolicy)$/;

/** `keras.mixed_precision.set_global_policy("mixed_float16")` names another policy. */
export function bfloatInKeras({ module, lines }: PythonAnalysis, edits: EditList): LoopOutcome {
  const words = module.calls
    .filter(({ name }) => SETTERS.test(name))
    .flatMap(({ positional, keywords }) => positional[0] ?? keywords.get('name') ?? keywords.get('dtype_policy') ?? [])
    .flatMap((node) => {
      const word = stringValue(module.text, node);
      return word === null ? [] : [{ node, word }];
    });
  const half = words.filter(({ word }) => word === 'mixed_float16');
  for (const { node } of half) {
    const quote = quoteOf(textOf(module.text, node));
    edits.replace(node, `${quote}mixed_bfloat16${quote}`);
  }
  const there = words.find(({ word }) => word === 'mixed_bfloat16');
  if (half.length > 0) {
    return { kind: 'edited', notes: [] };
  }
  return there
    ? { kind: 'already-there', line: lines.lineAt(there.node.start) }
    : refused('No policy of mixed precision with float16 is set in this file.');
}
