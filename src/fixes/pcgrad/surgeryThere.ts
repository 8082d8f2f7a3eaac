import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import type { LoopOutcome } from '../loopFix.js';

/** Names of functions and classes that settle conflicts between the gradients of several losses. */
const SURGERY =
  /pc_?grad|grad(ient)?_?(surgery|vaccine|norm_?loss)|cagrad|mgda|bloop|imtl|nash_?mtl|weightmethod|jac_to_grad|mtl_backward|pc_backward/i;

/** The conflict between losses is settled already, in this way or another. */
export function surgeryThere({ module, lines }: PythonAnalysis): LoopOutcome | null {
  const call = module.calls.find(({ name }) => SURGERY.test(name));
  return call ? { kind: 'already-there', line: lines.lineAt(call.node.start) } : null;
}
