import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { argumentValue, type TrainingArgumentsCall } from '../../loops/python/trainingArguments.js';
import type { EditList } from '../editing/editList.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { pythonFloat } from '../settings.js';

/** Hugging Face clips at 1.0 unless `max_grad_norm` says otherwise, so mostly there is nothing to do. */
export function clipInArguments(
  { call, className, fromCommandLine }: TrainingArgumentsCall,
  limit: number,
  { module, lines }: PythonAnalysis,
  edits: EditList,
): LoopOutcome {
  if (fromCommandLine) {
    return refused(`${className} is filled from the command line: pass --max_grad_norm ${limit} there.`);
  }
  const value = argumentValue(module.text, call, 'max_grad_norm');
  const line = lines.lineAt((call.keywords.get('max_grad_norm') ?? call.node).start);
  if (value.kind === 'absent') {
    return call.spread
      ? refused(`Arguments of ${className} come from outside this call; max_grad_norm may be among them.`)
      : { kind: 'already-there', line };
  }
  const off = value.kind === 'none' || (value.kind === 'number' && value.value <= 0);
  if (off || (value.kind === 'number' && value.value > limit)) {
    const node = call.keywords.get('max_grad_norm');
    if (node) {
      edits.replace(node, pythonFloat(limit));
    }
    return { kind: 'edited', notes: [] };
  }
  return { kind: 'already-there', line };
}
