import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { dottedName, lastPart, readCall, stringValue, textOf } from '../../loops/python/expressions.js';
import { construction } from '../../loops/python/optimizers.js';
import type { LocatedCall, PythonFunction } from '../../loops/python/pythonModule.js';
import type { TrainingUnit } from '../../loops/python/trainingUnits.js';
import type { SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { addKeyword } from '../editing/callArguments.js';
import { EditRefused, type EditList } from '../editing/editList.js';
import { nameFor } from '../editing/importedNames.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { NEEDS } from './bfloatInArguments.js';

type Precision = 'float16' | 'bfloat16' | 'unknown';

/** Every autocast region of the file: evaluation must not differ from training. */
export function bfloatInUnit(unit: TrainingUnit, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const routes = [...unit.backwards, ...unit.steps].map(({ event }) => event.route);
  if (routes.includes('accelerate')) {
    return bfloatInAccelerator(analysis, edits);
  }
  const foreign = routes.find((route) => route !== 'plain' && route !== 'scaler' && route !== 'two-step');
  if (foreign) {
    return refused('The precision is set in the configuration of the library that runs the backward pass.');
  }
  const casts = analysis.module.calls.filter((call) => isAutocast(call, analysis));
  const open = casts.filter((call) => convert(call, analysis, edits));
  const scaler = switchScalerOff(unit, analysis, edits);
  const [first] = casts;
  if (!first) {
    return refused('No autocast region in this file: whether and where float16 is used cannot be told.');
  }
  return open.length > 0 || scaler
    ? { kind: 'edited', notes: [NEEDS] }
    : { kind: 'already-there', line: analysis.lines.lineAt(first.node.start) };
}

/** `torch.autocast`, `torch.amp.autocast`, `torch.cuda.amp.autocast`, however imported; one that is not switched off. */
function isAutocast({ callee, name, keywords }: LocatedCall, { module }: PythonAnalysis): boolean {
  const root = callee?.split('.')[0];
  const binding = module.imports.find((candidate) => candidate.name === root);
  return name === 'autocast' && binding?.path.split('.')[0] === 'torch' && keywords.get('enabled')?.type !== 'false';
}

/** True when the region was changed. */
function convert(call: LocatedCall, analysis: PythonAnalysis, edits: EditList): boolean {
  const type = call.keywords.get('dtype') ?? positionalType(call, analysis);
  if (!type) {
    if (onlyCpu(call, analysis)) {
      // The default for the CPU is bfloat16 already.
      return false;
    }
    const name = nameFor('torch.bfloat16', call.owner, analysis, edits);
    addKeyword(call, `dtype=${name}`, analysis, edits);
    return true;
  }
  const { node, precision, owner } = typeSource(type, call.owner, analysis);
  if (precision === 'unknown') {
    throw new EditRefused(
      `The type of autocast, ${textOf(analysis.module.text, type)}, comes from elsewhere: choose torch.bfloat16 there.`,
    );
  }
  if (precision === 'float16') {
    edits.replace(node, nameFor('torch.bfloat16', owner, analysis, edits));
  }
  return precision === 'float16';
}

/** `autocast("cuda", torch.float16)`; the old form of torch.cuda.amp begins with `enabled`. */
function positionalType({ positional, callee }: LocatedCall, { module }: PythonAnalysis): SyntaxNode | undefined {
  return callee !== null && isOldForm(callee, module) ? undefined : positional[1];
}

function isOldForm(callee: string, module: PythonAnalysis['module']): boolean {
  const root = callee.split('.')[0] as string;
  const binding = module.imports.find(({ name }) => name === root);
  const path = (binding?.path ?? root) + callee.slice(root.length);
  return path.startsWith('torch.cuda.');
}

function onlyCpu({ positional, keywords }: LocatedCall, { module }: PythonAnalysis): boolean {
  return stringValue(module.text, keywords.get('device_type') ?? positional[0]) === 'cpu';
}

interface TypeSource {
  readonly node: SyntaxNode;
  readonly precision: Precision;
  readonly owner: PythonFunction;
}

/** The expression that names the type: here, or where the name that stands here is assigned. */
function typeSource(node: SyntaxNode, owner: PythonFunction, analysis: PythonAnalysis): TypeSource {
  const { module, units } = analysis;
  const name = dottedName(module.text, node);
  const precision = precisionOf(name);
  const assignments = name === null || precision !== 'unknown' ? [] : units.objects.visibleAssignments(name, owner);
  const [only] = assignments;
  if (only && assignments.length === 1) {
    const source = precisionOf(dottedName(module.text, only.value));
    return { node: only.value, precision: source, owner: only.owner };
  }
  return { node, precision, owner };
}

function precisionOf(name: string | null): Precision {
  switch (lastPart(name ?? '')) {
    case 'float16':
    case 'half':
      return 'float16';
    case 'bfloat16':
      return 'bfloat16';
    default:
      return 'unknown';
  }
}

/** A scaler that is off hands everything through, so the loop itself need not change. True when it was on. */
function switchScalerOff(unit: TrainingUnit, analysis: PythonAnalysis, edits: EditList): boolean {
  const scaled = [...unit.steps, ...unit.backwards].find(({ event }) => event.route === 'scaler')?.event;
  if (!scaled?.through) {
    return false;
  }
  const { module, units } = analysis;
  const built = construction(scaled.through, scaled.owner, 'scaler', module, units.objects);
  const all = (built?.all ?? []).flatMap(({ value }) => readCall(module.text, value) ?? []);
  const [call] = all;
  if (!call || all.length > 1 || call.spread) {
    throw new EditRefused(`Where ${scaled.through} is built can't be told from this file: switch it off there.`);
  }
  const enabled = call.keywords.get('enabled');
  if (enabled?.type === 'false') {
    return false;
  }
  if (enabled) {
    edits.replace(enabled, 'False');
  } else {
    const located = module.calls.find(({ node }) => node === call.node);
    if (located) {
      addKeyword(located, 'enabled=False', analysis, edits);
    }
  }
  return true;
}

/** `Accelerator(mixed_precision="fp16")`. */
function bfloatInAccelerator({ module, lines }: PythonAnalysis, edits: EditList): LoopOutcome {
  const built = module.calls.find(({ name }) => name === 'Accelerator');
  const precision = built?.keywords.get('mixed_precision');
  const word = stringValue(module.text, precision);
  if (word === 'bf16' && precision) {
    return { kind: 'already-there', line: lines.lineAt(precision.start) };
  }
  const inner = precision?.children.find(({ type }) => type === 'string_content');
  if (word !== 'fp16' || !inner) {
    return refused(
      'The precision comes from the configuration of Accelerate: choose bf16 by accelerate config or --mixed_precision.',
    );
  }
  edits.replace(inner, 'bf16');
  return { kind: 'edited', notes: [NEEDS] };
}
