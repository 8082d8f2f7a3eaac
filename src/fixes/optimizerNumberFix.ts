import type { FixDescription } from '../model/fix.js';
import type { PythonAnalysis } from '../loops/sourceAnalysis.js';
import { argumentValue, type TrainingArgumentsCall } from '../loops/python/trainingArguments.js';
import { addKeyword } from './editing/callArguments.js';
import type { EditList } from './editing/editList.js';
import type { KerasOptimizer } from './libraries/kerasOptimizer.js';
import type { OptaxOptimizer } from './libraries/optaxOptimizer.js';
import { onOptimizers, type OptimizerChange } from './libraries/optimizerChange.js';
import { scriptNumber } from './libraries/scriptNumber.js';
import { numberSource } from './editing/numberSource.js';
import {
  builtOptimizers,
  configuredOptimizers,
  joined,
  pythonNumber,
  setArgument,
  type ArgumentSlot,
  type BuiltOptimizer,
} from './editing/optimizerArguments.js';
import type { Fix } from './fix.js';
import { applyToLoops, refused, type LoopContext, type LoopOutcome } from './loopFix.js';
import { numberSetting, type NumberBounds } from './settings.js';

/** The same number in an optimizer of another library. */
export interface LibrarySlot {
  readonly name: string;
  readonly byDefault: number;
  /** Classes or functions that take it, in lower case. */
  readonly optimizers: ReadonlySet<string>;
}

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
  /** Its places in other libraries. */
  readonly libraries: Readonly<Partial<Record<'keras' | 'optax' | 'tfjs', LibrarySlot>>>;
  /** Why it has none in a library, where it is not the usual reason. */
  readonly without?: OptimizerChange['without'];
  /** What it is called in words for the user. */
  readonly title: string;
  /** Whether the present number will do. */
  readonly suffices: (present: number, wanted: number) => boolean;
  /** Why it must not be done here, for what this file shows. */
  readonly refuses?: (context: LoopContext, wanted: number, built: readonly BuiltOptimizer[]) => string | null;
  readonly notes: readonly string[];
  /** What is to be said of PyTorch alone. */
  readonly notesOnTorch?: readonly string[];
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
        ...onOptimizers(inLibraries(fix, wanted)),
        unit: (unit, context) => inCalls(fix, builtOptimizers(unit, context.analysis), wanted, context),
        lightning: (training, context) =>
          inCalls(fix, configuredOptimizers(training, context.analysis), wanted, context),
        arguments: (call, context) => {
          const reason = fix.refuses?.(context, wanted, []) ?? null;
          return reason === null
            ? withNotes(inArguments(fix, call, wanted, context.analysis, context.edits), notesOf(fix))
            : refused(reason);
        },
      });
    },
  };
}

function inCalls(
  fix: OptimizerNumberFix,
  built: readonly BuiltOptimizer[],
  wanted: number,
  context: LoopContext,
): LoopOutcome {
  const reason = fix.refuses?.(context, wanted, built) ?? null;
  return reason === null
    ? withNotes(joined(built.map((one) => inCall(fix, one, wanted, context))), notesOf(fix))
    : refused(reason);
}

function inLibraries(fix: OptimizerNumberFix, wanted: number): OptimizerChange {
  const { keras, optax, tfjs } = fix.libraries;
  const inPython = (
    optimizer: KerasOptimizer | OptaxOptimizer,
    kind: string,
    { name, byDefault, optimizers }: LibrarySlot,
    context: LoopContext,
  ): LoopOutcome => {
    if (!optimizers.has(kind.toLowerCase())) {
      return refused(`${kind} is not known to take ${fix.title.toLowerCase()}.`);
    }
    const reason = fix.refuses?.(context, wanted, []) ?? null;
    if (reason !== null) {
      return refused(reason);
    }
    const given = optimizer.argument(name);
    const source = given && numberSource(given, context.analysis.module.ownerOf(given), context.analysis);
    if (given && !source) {
      return refused(`${fix.title} comes from elsewhere or from several places: change it there.`);
    }
    if (fix.suffices(source?.value ?? byDefault, wanted)) {
      return {
        kind: 'already-there',
        line: source ? context.analysis.lines.lineAt(source.node.start) : optimizer.line,
      };
    }
    if (source) {
      context.edits.replace(source.node, pythonNumber(wanted));
    } else {
      optimizer.give([[name, pythonNumber(wanted)]]);
    }
    return withNotes({ kind: 'edited', notes: [] }, fix.notes);
  };
  return {
    ...(keras && { keras: (optimizer, context) => inPython(optimizer, optimizer.className, keras, context) }),
    ...(optax && { optax: (optimizer, context) => inPython(optimizer, optimizer.functionName, optax, context) }),
    ...(tfjs && {
      tfjs: (optimizer, { analysis, edits }): LoopOutcome => {
        if (!tfjs.optimizers.has(optimizer.className)) {
          return refused(`${optimizer.className} is not known to take ${fix.title.toLowerCase()}.`);
        }
        const given = optimizer.argument(tfjs.name);
        const source = given && scriptNumber(given, analysis);
        if (given && !source) {
          return refused(`${fix.title} comes from elsewhere or from several places: change it there.`);
        }
        if (fix.suffices(source?.value ?? tfjs.byDefault, wanted)) {
          return { kind: 'already-there', line: optimizer.line };
        }
        if (source) {
          edits.replace(source.node, String(wanted));
        } else {
          optimizer.give(tfjs.name, String(wanted));
        }
        return { kind: 'edited', notes: [] };
      },
    }),
    ...(fix.without && { without: fix.without }),
  };
}

function notesOf({ notes, notesOnTorch = [] }: OptimizerNumberFix): readonly string[] {
  return [...notes, ...notesOnTorch];
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
