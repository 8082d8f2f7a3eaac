import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import type { TrainingArgumentsCall } from '../../loops/python/trainingArguments.js';
import type { EditList } from '../editing/editList.js';
import { refused, type LoopOutcome } from '../loopFix.js';

/** What the fix asks of the machine, told with every edit. */
export const NEEDS = 'Needs a GPU with bfloat16: Ampere (A100, RTX 30) or later.';

/** `fp16=True` becomes `bf16=True`. */
export function bfloatInArguments(
  { call, className, fromCommandLine }: TrainingArgumentsCall,
  { lines }: PythonAnalysis,
  edits: EditList,
): LoopOutcome {
  if (fromCommandLine) {
    return refused(`${className} is filled from the command line: pass --bf16 instead of --fp16 there.`);
  }
  const half = call.keywords.get('fp16');
  const brain = call.keywords.get('bf16');
  if (brain?.type === 'true') {
    return { kind: 'already-there', line: lines.lineAt(brain.start) };
  }
  if (half?.type !== 'true') {
    return refused(
      half && half.type !== 'false'
        ? 'Whether float16 is used is worked out while the program runs.'
        : 'float16 is not switched on here.',
    );
  }
  if (brain && brain.type !== 'false') {
    return refused('Whether bfloat16 is used is worked out while the program runs.');
  }
  if (brain) {
    edits.replace(half, 'False');
    edits.replace(brain, 'True');
  } else {
    edits.replace(half.parent ?? half, 'bf16=True');
  }
  return { kind: 'edited', notes: [NEEDS] };
}
