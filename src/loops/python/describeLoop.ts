import type { Clipping, Framework, TrainingLoop } from '../../model/loop.js';
import { walk, type SyntaxNode } from '../syntax/syntaxNode.js';
import type { SourceLines } from '../syntax/sourceLines.js';
import { dottedName, numberValue, stringValue, textOf } from './expressions.js';
import type { ObjectTable } from './objects.js';
import { construction, optimizerClass } from './optimizers.js';
import type { PythonFunction, PythonModule } from './pythonModule.js';
import { argumentValue, type TrainingArgumentsCall } from './trainingArguments.js';
import type { Route } from './trainingEvents.js';
import { accumulates } from './unitStructure.js';
import type { TrainingUnit } from './trainingUnits.js';

const FRAMEWORK_OF_ROUTE: Readonly<Partial<Record<Route, Framework>>> = {
  accelerate: 'accelerate',
  fabric: 'fabric',
  lightning: 'lightning',
  deepspeed: 'deepspeed',
};

export function frameworkOf(unit: TrainingUnit): Framework {
  const routes = [...unit.backwards, ...unit.steps].map(({ event }) => FRAMEWORK_OF_ROUTE[event.route]);
  return routes.find((framework) => framework !== undefined) ?? 'pytorch';
}

export function describeUnit(
  unit: TrainingUnit,
  module: PythonModule,
  objects: ObjectTable,
  lines: SourceLines,
): TrainingLoop {
  const lineOf = (node: SyntaxNode | undefined) => (node ? { line: lines.lineAt(callEnd(node)) } : undefined);
  const backward = lineOf(unit.backwards[0]?.event.node);
  const step = lineOf(unit.steps[0]?.event.node);
  const zeroGrad = lineOf(allEvents(unit).find(({ event }) => event.kind === 'zero-grad')?.event.node);
  const range = lines.rangeOf(unit.loop.start, unit.loop.end);
  return {
    framework: frameworkOf(unit),
    from: range.start,
    to: range.end,
    ...(backward && { backward }),
    ...(step && { step }),
    ...(zeroGrad && { zeroGrad }),
    optimizer: steppedClass(unit, module, objects),
    scheduler: schedulerClass(unit, module, objects),
    clipping: clippingOf(unit, lines),
    amp: precisionOf(unit, module, objects),
    accumulation: accumulates(unit, module),
    warnings: [],
  };
}

/** In a chain over several lines the call itself is where the chain ends. */
function callEnd(node: SyntaxNode): number {
  return node.children.find(({ field }) => field === 'arguments')?.start ?? node.start;
}

function allEvents(unit: TrainingUnit): TrainingUnit['events'] {
  return [...unit.events, ...unit.around];
}

function steppedClass(unit: TrainingUnit, module: PythonModule, objects: ObjectTable): string | null {
  if (unit.steps.every(({ event }) => event.route === 'by-hand')) {
    return 'sgd';
  }
  for (const { event } of unit.steps) {
    const built = event.target === null ? null : construction(event.target, event.owner, 'optimizer', module, objects);
    const className = built && optimizerClass(built, module);
    if (className) {
      return className.toLowerCase();
    }
  }
  return null;
}

function schedulerClass(unit: TrainingUnit, module: PythonModule, objects: ObjectTable): string | null {
  const stepped = allEvents(unit).find(({ event }) => event.kind === 'schedule')?.event;
  const name = stepped?.target ?? outerScheduler(module, objects);
  const owner = stepped?.owner ?? module.main;
  return (name && construction(name, owner, 'scheduler', module, objects)?.className?.toLowerCase()) ?? null;
}

/** A scheduler that is stepped outside of the loop, once an epoch. */
function outerScheduler(module: PythonModule, objects: ObjectTable): string | null {
  const step = module.callsNamed('step').find(({ receiver }) => {
    const target = receiver ? dottedName(module.text, receiver) : null;
    return target !== null && objects.kindOf(target) === 'scheduler';
  });
  return step?.receiver ? dottedName(module.text, step.receiver) : null;
}

function clippingOf(unit: TrainingUnit, lines: SourceLines): Clipping {
  const clip = unit.events.find(({ event }) => event.clipping !== null)?.event;
  if (!clip?.clipping) {
    return { kind: 'none' };
  }
  const { kind, limit } = clip.clipping;
  return { kind, ...(limit === null ? {} : { limit }), line: lines.lineAt(callEnd(clip.node)) };
}

function precisionOf(unit: TrainingUnit, module: PythonModule, objects: ObjectTable): TrainingLoop['amp'] {
  if ([...unit.backwards, ...unit.steps].some(({ event }) => event.route === 'scaler' || event.route === 'one-call')) {
    return 'grad-scaler';
  }
  const declared = declaredPrecision(frameworkOf(unit), module);
  if (declared !== null) {
    return declared;
  }
  const casts = allEvents(unit).filter(({ event }) => event.kind === 'autocast');
  const contexts = casts.map(({ event }) => event.node).concat(namedContexts(unit, module, objects));
  return contexts.some((node) => mentionsBfloat16(node, unit.owner, module, objects)) ? 'bf16' : 'none';
}

/** `Accelerator(mixed_precision="bf16")`, `Fabric(precision="bf16-mixed")`: both scale the loss with float16 by themselves. */
const DECLARED: Readonly<Partial<Record<Framework, { readonly callee: string; readonly keyword: string }>>> = {
  accelerate: { callee: 'Accelerator', keyword: 'mixed_precision' },
  fabric: { callee: 'Fabric', keyword: 'precision' },
};

function declaredPrecision(framework: Framework, module: PythonModule): TrainingLoop['amp'] | null {
  const declared = DECLARED[framework];
  if (!declared) {
    return null;
  }
  const [built] = module.callsNamed(declared.callee);
  const word = stringValue(module.text, built?.keywords.get(declared.keyword));
  if (word === null) {
    return null;
  }
  return word.startsWith('bf16') ? 'bf16' : /^(?:fp)?16\b/.test(word) ? 'grad-scaler' : null;
}

/** `ctx = torch.autocast(…)` before the loop, `with ctx:` in it. */
function namedContexts(unit: TrainingUnit, module: PythonModule, objects: ObjectTable): SyntaxNode[] {
  return [...walk(unit.loop)]
    .filter(({ type }) => type === 'with_item')
    .flatMap((item) => {
      const name = item.children[0] && dottedName(module.text, item.children[0]);
      return name ? objects.visibleAssignments(name, unit.owner).map(({ value }) => value) : [];
    })
    .filter((value) => textOf(module.text, value).includes('autocast'));
}

function mentionsBfloat16(
  node: SyntaxNode,
  owner: PythonFunction,
  module: PythonModule,
  objects: ObjectTable,
  depth = 0,
): boolean {
  if (textOf(module.text, node).includes('bfloat16')) {
    return true;
  }
  // `dtype=ptdtype`, where ptdtype was chosen further up.
  return (
    depth < 3 &&
    [...walk(node)].some(
      ({ type, ...rest }) =>
        type === 'identifier' &&
        objects
          .visibleAssignments(module.text.slice(rest.start, rest.end), owner)
          .some(({ value }) => value !== node && mentionsBfloat16(value, owner, module, objects, depth + 1)),
    )
  );
}

export function describeArguments(
  { call, fromCommandLine, isForeign }: TrainingArgumentsCall,
  module: PythonModule,
  lines: SourceLines,
): TrainingLoop {
  const range = lines.rangeOf(call.node.start, call.node.end);
  const word = (keyword: string) => stringValue(module.text, call.keywords.get(keyword));
  const optimizer = word('optim');
  return {
    framework: 'transformers',
    from: range.start,
    to: range.end,
    optimizer:
      optimizer &&
      (/^(?:paged_|schedule_free_|galore_|apollo_)?([a-z]+)/i.exec(optimizer)?.[1] ?? optimizer).toLowerCase(),
    scheduler: word('lr_scheduler_type'),
    clipping: fromCommandLine || isForeign ? { kind: 'none' } : argumentClipping(call, module, lines),
    amp: argumentPrecision(call, module),
    accumulation: argumentAccumulation(call, module),
    warnings: [],
  };
}

/** `max_grad_norm` of transformers when the call doesn't name it [code transformers training_args.py]. */
export const DEFAULT_MAX_GRAD_NORM = 1;

function argumentClipping(call: TrainingArgumentsCall['call'], module: PythonModule, lines: SourceLines): Clipping {
  const node = call.keywords.get('max_grad_norm');
  if (!node) {
    return call.spread ? { kind: 'none' } : { kind: 'norm', limit: DEFAULT_MAX_GRAD_NORM };
  }
  const limit = numberValue(module.text, node);
  if (limit === 0 || node.type === 'none') {
    return { kind: 'none', line: lines.lineAt(node.start) };
  }
  return { kind: 'norm', ...(limit === null ? {} : { limit }), line: lines.lineAt(node.start) };
}

function argumentPrecision(call: TrainingArgumentsCall['call'], module: PythonModule): TrainingLoop['amp'] {
  const isOn = (keyword: string) => {
    const value = argumentValue(module.text, call, keyword);
    return value.kind === 'word' && value.value === 'true';
  };
  return isOn('bf16') ? 'bf16' : isOn('fp16') ? 'grad-scaler' : 'none';
}

function argumentAccumulation(call: TrainingArgumentsCall['call'], module: PythonModule): boolean {
  const steps = argumentValue(module.text, call, 'gradient_accumulation_steps');
  return steps.kind === 'expression' || (steps.kind === 'number' && steps.value > 1);
}
