import type { FixDescription } from '../model/fix.js';
import type { PythonAnalysis } from '../loops/sourceAnalysis.js';
import { argumentValue, type TrainingArgumentsCall } from '../loops/python/trainingArguments.js';
import { addKeyword } from './editing/callArguments.js';
import type { EditList } from './editing/editList.js';
import { numberSource } from './editing/numberSource.js';
import {
  builtOptimizers,
  joined,
  pythonNumber,
  setArgument,
  type ArgumentSlot,
  type BuiltOptimizer,
} from './editing/optimizerArguments.js';
import type { Fix } from './fix.js';
import { applyToLoops, refused, type LoopContext, type LoopOutcome } from './loopFix.js';
import { numberSetting, type NumberBounds } from './settings.js';

/** A fix that is another number in the place where the optimizer is built, or among the arguments of a Trainer. */
export interface OptimizerNumberFix {
  readonly description: FixDescription;
  /** The setting that holds the number. */
  readonly setting: string;
  readonly bounds: NumberBounds;
  /** Classes of torch.optim that take it. */
  readonly optimizers: ReadonlySet<string>;
  readonly slot: ArgumentSlot | ((built: BuiltOptimizer) => ArgumentSlot);
  /** The Trainer's name for it, and its default there. */
  readonly argument: { readonly name: string; readonly byDefault: number };
  /** What it is called in words for the user. */
  readonly title: string;
  /** Whether the present number will do. */
  readonly suffices: (present: number, wanted: number) => boolean;
  /** Why it must not be done here, for what this file shows. */
  readonly refuses?: (context: LoopContext, wanted: number, built: readonly BuiltOptimizer[]) => string | null;
  readonly notes: readonly string[];
}

export function optimizerNumberFix(fix: OptimizerNumberFix): Fix {
  const { description } = fix;
  return {
    description,
    apply(target, settings) {
      const value = numberSetting(description, fix.setting, settings, fix.bounds);
      if (!value.ok) {
        return refused(value.error);
      }
      const wanted = value.value;
      return applyToLoops(target, {
        unit: (unit, context) => {
          const built = builtOptimizers(unit, context.analysis);
          const reason = fix.refuses?.(context, wanted, built) ?? null;
          return reason === null
            ? withNotes(joined(built.map((one) => inCall(fix, one, wanted, context))), fix.notes)
            : refused(reason);
        },
        arguments: (call, context) => {
          const reason = fix.refuses?.(context, wanted, []) ?? null;
          return reason === null
            ? withNotes(inArguments(fix, call, wanted, context.analysis, context.edits), fix.notes)
            : refused(reason);
        },
      });
    },
  };
}

function withNotes(outcome: LoopOutcome, notes: readonly string[]): LoopOutcome {
  return outcome.kind === 'edited' ? { ...outcome, notes: [...outcome.notes, ...notes] } : outcome;
}

function inCall(
  fix: OptimizerNumberFix,
  built: BuiltOptimizer,
  wanted: number,
  { analysis, edits }: LoopContext,
): LoopOutcome {
  if (!built.isTorch || !fix.optimizers.has(built.className)) {
    return refused(`${built.className} is not known to take ${fix.title.toLowerCase()} like Adam of torch.optim.`);
  }
  const slot = typeof fix.slot === 'function' ? fix.slot(built) : fix.slot;
  const wish = { title: fix.title, wanted: (present: number) => (fix.suffices(present, wanted) ? null : wanted) };
  return setArgument(built, slot, wish, analysis, edits);
}

function inArguments(
  { argument, suffices, title }: OptimizerNumberFix,
  { call, className, fromCommandLine }: TrainingArgumentsCall,
  wanted: number,
  analysis: PythonAnalysis,
  edits: EditList,
): LoopOutcome {
  const { module, lines } = analysis;
  if (fromCommandLine) {
    return refused(`${className} is filled from the command line: pass --${argument.name} ${wanted} there.`);
  }
  if (module.calls.some(({ name, keywords }) => name.endsWith('Trainer') && keywords.has('optimizers'))) {
    return refused('The trainer is given an optimizer of its own: change it there.');
  }
  const optimizer = argumentValue(module.text, call, 'optim');
  if (optimizer.kind !== 'absent' && !(optimizer.kind === 'word' && optimizer.value.startsWith('adamw'))) {
    return refused('The Trainer is given another optimizer than AdamW.');
  }
  const node = call.keywords.get(argument.name);
  if (!node) {
    if (call.spread) {
      return refused(`Arguments of ${className} come from outside this call; ${argument.name} may be among them.`);
    }
    if (suffices(argument.byDefault, wanted)) {
      return { kind: 'already-there', line: lines.lineAt(call.node.start) };
    }
    addKeyword(call, `${argument.name}=${pythonNumber(wanted)}`, analysis, edits);
    return { kind: 'edited', notes: [] };
  }
  const source = numberSource(node, call.owner, analysis);
  if (!source) {
    return refused(`${title} comes from elsewhere: change it there.`);
  }
  if (suffices(source.value, wanted)) {
    return { kind: 'already-there', line: lines.lineAt(source.node.start) };
  }
  edits.replace(source.node, pythonNumber(wanted));
  return { kind: 'edited', notes: [] };
}
