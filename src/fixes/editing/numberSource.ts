import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { dottedName, numberValue, readCall, stringValue, textOf } from '../../loops/python/expressions.js';
import type { PythonFunction } from '../../loops/python/pythonModule.js';
import { childOf, walk, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';

/** The literal that a number of a training script comes from. */
export interface NumberSource {
  readonly node: SyntaxNode;
  readonly value: number;
  /** The literal is the default of a command line option: what is passed there wins. */
  readonly option: boolean;
}

/** Names of names of names are followed this far. */
const LONGEST_CHAIN = 5;

/**
 * Follows a number to the literal in this file that it comes from: through names that are assigned once, parameters
 * that one call fills, options of argparse, dictionaries and classes of settings. Null when it comes from elsewhere or
 * from several places.
 */
export function numberSource(
  node: SyntaxNode | undefined,
  scope: PythonFunction,
  analysis: PythonAnalysis,
  depth = 0,
): NumberSource | null {
  const { module, units } = analysis;
  const value = numberValue(module.text, node);
  if (!node || depth > LONGEST_CHAIN) {
    return null;
  }
  if (value !== null) {
    return { node, value, option: false };
  }
  const name = dottedName(module.text, node);
  if (name === null || isChangedInPlace(name, analysis)) {
    return null;
  }
  const assignments =
    name.includes('.') && !name.startsWith('self.')
      ? units.objects.assignmentsOf(name)
      : units.objects.visibleAssignments(name, scope);
  const [only] = assignments;
  if (only) {
    return assignments.length === 1 && only.index === null
      ? numberSource(only.value, only.owner, analysis, depth + 1)
      : null;
  }
  return node.type === 'identifier' ? ofParameter(name, scope, analysis, depth) : ofMember(node, scope, analysis);
}

/** `lr *= 0.1` somewhere, or a loop over several values. */
function isChangedInPlace(name: string, { module }: PythonAnalysis): boolean {
  const isName = (node: SyntaxNode | undefined) => node !== undefined && dottedName(module.text, node) === name;
  return (
    module.assignmentNodes.some((node) => node.type === 'augmented_assignment' && isName(childOf(node, 'left'))) ||
    [...walk(module.root)].some((node) => node.type === 'for_statement' && isName(childOf(node, 'left')))
  );
}

function ofParameter(
  name: string,
  scope: PythonFunction,
  analysis: PythonAnalysis,
  depth: number,
): NumberSource | null {
  const owner = ownerOfParameter(name, scope);
  const calls = owner ? analysis.units.callsOf(owner) : [];
  const parameters = owner?.className === null ? owner.parameters : (owner?.parameters.slice(1) ?? []);
  const index = parameters.findIndex((parameter) => parameter.name === name);
  const [call] = calls;
  if (!owner || !call || calls.length > 1 || call.spread) {
    return null;
  }
  const passed = call.keywords.get(name) ?? call.positional[index];
  const byDefault = childOf(parameters[index]?.node ?? owner.node, 'value');
  return passed
    ? numberSource(passed, call.owner, analysis, depth + 1)
    : numberSource(byDefault, owner, analysis, depth + 1);
}

function ownerOfParameter(name: string, scope: PythonFunction): PythonFunction | null {
  for (let at: PythonFunction | null = scope; at; at = at.parent) {
    if (at.parameters.some((parameter) => parameter.name === name)) {
      return at;
    }
  }
  return null;
}

/** `args.lr`, `config["lr"]`, `Config.lr`: the last part is what tells them apart. */
function ofMember(node: SyntaxNode, scope: PythonFunction, analysis: PythonAnalysis): NumberSource | null {
  const { module } = analysis;
  const object = childOf(node, node.type === 'subscript' ? 'value' : 'object');
  const key =
    node.type === 'subscript'
      ? stringValue(module.text, childOf(node, 'subscript'))
      : textOf(module.text, childOf(node, 'attribute') ?? node);
  if (!object || key === null) {
    return null;
  }
  return ofOption(object, key, scope, analysis) ?? ofSettings(object, key, scope, analysis);
}

/** The default of `parser.add_argument("--lr", default=…)`, where what is read comes from a parser of this file. */
function ofOption(
  object: SyntaxNode,
  key: string,
  scope: PythonFunction,
  analysis: PythonAnalysis,
): NumberSource | null {
  const { module, units } = analysis;
  const options = module.calls.filter(({ name, positional, keywords }) => {
    const given = stringValue(module.text, keywords.get('dest'));
    const flags = positional.flatMap((flag) => stringValue(module.text, flag) ?? []);
    const long = flags.find((flag) => flag.startsWith('--')) ?? flags[0] ?? '';
    return name === 'add_argument' && (given ?? long.replace(/^-+/, '').replaceAll('-', '_')) === key;
  });
  const [option] = options;
  const name = dottedName(module.text, object) ?? '';
  const built = units.objects.visibleAssignments(name, scope);
  const parsed = built.every(({ value }) => parsesOptions(value, analysis));
  const node = options.length === 1 ? option?.keywords.get('default') : undefined;
  const value = numberValue(module.text, node);
  return node && value !== null && parsed ? { node, value, option: true } : null;
}

/** `parser.parse_args()`, or a function of this file that ends in it. */
function parsesOptions(value: SyntaxNode, { module }: PythonAnalysis): boolean {
  const call = readCall(module.text, value);
  const own = module.functions.find(({ name, className }) => name === call?.callee && className === null);
  return (
    call?.name.startsWith('parse_') === true ||
    (own !== undefined && /\bparse_args\(/.test(textOf(module.text, own.node)))
  );
}

/** A dictionary, or a class of settings with its keyword arguments and defaults. */
function ofSettings(
  object: SyntaxNode,
  key: string,
  scope: PythonFunction,
  analysis: PythonAnalysis,
): NumberSource | null {
  const { module, units } = analysis;
  const name = dottedName(module.text, object) ?? '';
  const built = units.objects.visibleAssignments(name, scope);
  const [only] = built;
  if (built.length > 1 || only?.index === 0) {
    return null;
  }
  if (only?.value.type === 'dictionary') {
    const pairs = only.value.children.filter((pair) => stringValue(module.text, childOf(pair, 'key')) === key);
    return literal(pairs.length === 1 && pairs[0] ? childOf(pairs[0], 'value') : undefined, analysis);
  }
  const call = only && readCall(module.text, only.value);
  const keyword = call?.keywords.get(key);
  return keyword ? literal(keyword, analysis) : ofClass(call?.callee ?? name, key, analysis);
}

/** `class Config: lr = 1e-3` or `lr: float = 1e-3`. */
function ofClass(className: string, key: string, analysis: PythonAnalysis): NumberSource | null {
  const { module } = analysis;
  const found = module.classes.find((node) => {
    const name = childOf(node, 'name');
    return name !== undefined && textOf(module.text, name) === className;
  });
  const body = found && childOf(found, 'body');
  const fields = (body?.children ?? [])
    .map((statement) => statement.children[0])
    .filter((node) => node?.type === 'assignment')
    .filter((node) => {
      const left = node && childOf(node, 'left');
      return left !== undefined && textOf(module.text, left) === key;
    });
  return literal(fields.length === 1 && fields[0] ? childOf(fields[0], 'right') : undefined, analysis);
}

function literal(node: SyntaxNode | undefined, { module }: PythonAnalysis): NumberSource | null {
  const value = numberValue(module.text, node);
  return node && value !== null ? { node, value, option: false } : null;
}
