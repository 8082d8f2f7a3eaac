import type { Call } from '../loopPlaces.js';
import { childOf, enclosing, walk, type SyntaxNode } from '../syntax/syntaxNode.js';

/** A function of any spelling, or (with `node.type` "program") the code outside of all functions. */
export interface JavaScriptFunction {
  readonly node: SyntaxNode;
  /** The name it is declared or assigned under; empty for those that are handed on at once. */
  readonly name: string;
  readonly parent: JavaScriptFunction | null;
}

export interface JavaScriptAssignment {
  /** The name on the left as written: "optimizer", "this.optimizer". */
  readonly target: string;
  readonly value: SyntaxNode;
  readonly statement: SyntaxNode;
  readonly owner: JavaScriptFunction;
}

export interface JavaScriptImport {
  /** The name that is bound here; empty for `import 'package'`. */
  readonly name: string;
  /** The module that it comes from: "@tensorflow/tfjs". */
  readonly from: string;
}

export interface JavaScriptCall extends Call {
  readonly owner: JavaScriptFunction;
}

/** What a JavaScript or TypeScript text defines, assigns, imports and calls, in source order. */
export interface JavaScriptModule {
  readonly text: string;
  readonly root: SyntaxNode;
  readonly main: JavaScriptFunction;
  readonly functions: readonly JavaScriptFunction[];
  readonly assignments: readonly JavaScriptAssignment[];
  readonly imports: readonly JavaScriptImport[];
  readonly calls: readonly JavaScriptCall[];
}

const FUNCTIONS = new Set([
  'function_declaration',
  'function_expression',
  'generator_function',
  'generator_function_declaration',
  'arrow_function',
  'method_definition',
]);
const FUNCTION_OR_PROGRAM = new Set([...FUNCTIONS, 'program']);
const STATEMENT_PARENTS = new Set(['statement_block', 'program', 'switch_case', 'switch_default', 'class_body']);

/** The statement that holds the node: the child of the nearest block. */
export function javaScriptStatementOf(node: SyntaxNode): SyntaxNode {
  let statement = node;
  while (statement.parent && !STATEMENT_PARENTS.has(statement.parent.type)) {
    statement = statement.parent;
  }
  return statement;
}

/** The name of a variable, property or constant subscript as written; null for anything that has to be computed. */
export function memberName(text: string, node: SyntaxNode): string | null {
  switch (node.type) {
    case 'identifier':
    case 'this':
    case 'shorthand_property_identifier':
      return text.slice(node.start, node.end);
    case 'member_expression': {
      const object = childOf(node, 'object');
      const property = childOf(node, 'property');
      const before = object && memberName(text, object);
      return before && property ? `${before}.${text.slice(property.start, property.end)}` : null;
    }
    // `this.optimizer!` and `(optimizer as tf.Optimizer)` of TypeScript.
    case 'non_null_expression':
    case 'as_expression':
    case 'parenthesized_expression': {
      const [inner] = node.children;
      return inner ? memberName(text, inner) : null;
    }
    default:
      return null;
  }
}

export function readJavaScriptCall(text: string, node: SyntaxNode): Call | null {
  const isNew = node.type === 'new_expression';
  const target = childOf(node, isNew ? 'constructor' : 'function');
  const list = childOf(node, 'arguments');
  if ((node.type !== 'call_expression' && !isNew) || !target || list?.type !== 'arguments') {
    return null;
  }
  const callee = memberName(text, target);
  const property = target.type === 'member_expression' ? childOf(target, 'property') : undefined;
  const name = property ? text.slice(property.start, property.end) : (callee?.split('.').at(-1) ?? '');
  const receiver = (target.type === 'member_expression' && childOf(target, 'object')) || null;
  const positional = list.children.filter(({ type }) => type !== 'comment' && type !== 'spread_element');
  const options = positional.at(-1);
  return {
    node,
    callee,
    name,
    receiver,
    positional,
    keywords: options?.type === 'object' ? propertiesOf(text, options) : new Map(),
    spread: [list, ...(options?.type === 'object' ? [options] : [])].some(({ children }) =>
      children.some(({ type }) => type === 'spread_element'),
    ),
  };
}

function propertiesOf(text: string, object: SyntaxNode): ReadonlyMap<string, SyntaxNode> {
  const properties = new Map<string, SyntaxNode>();
  for (const child of object.children) {
    const key = childOf(child, 'key');
    const value = childOf(child, 'value');
    if (child.type === 'pair' && key && value) {
      properties.set(text.slice(key.start, key.end).replaceAll(/^['"]|['"]$/g, ''), value);
    } else if (child.type === 'shorthand_property_identifier') {
      properties.set(text.slice(child.start, child.end), child);
    } else if (child.type === 'method_definition') {
      const name = childOf(child, 'name');
      properties.set(name ? text.slice(name.start, name.end) : '', child);
    }
  }
  return properties;
}

/** Value of a number literal ("1e-3", "-1", "10_000"), or null. */
export function javaScriptNumber(text: string, node: SyntaxNode | undefined | null): number | null {
  if (!node || !['number', 'unary_expression'].includes(node.type)) {
    return null;
  }
  const value = Number(text.slice(node.start, node.end).replaceAll('_', '').replaceAll(' ', ''));
  return Number.isNaN(value) ? null : value;
}

/** Content of a plain string literal, or null. */
export function javaScriptString(text: string, node: SyntaxNode | undefined | null): string | null {
  return node?.type === 'string' ? text.slice(node.start + 1, node.end - 1) : null;
}

export function readJavaScriptModule(text: string, root: SyntaxNode): JavaScriptModule {
  return new JavaScriptReader(text, root).read();
}

class JavaScriptReader {
  private readonly text: string;
  private readonly root: SyntaxNode;
  private readonly byNode = new Map<SyntaxNode, JavaScriptFunction>();
  private readonly main: JavaScriptFunction;
  private readonly assignments: JavaScriptAssignment[] = [];
  private readonly imports: JavaScriptImport[] = [];
  private readonly calls: JavaScriptCall[] = [];

  constructor(text: string, root: SyntaxNode) {
    this.text = text;
    this.root = root;
    this.main = { node: root, name: '', parent: null };
    this.byNode.set(root, this.main);
  }

  read(): JavaScriptModule {
    for (const node of walk(this.root)) {
      this.readNode(node);
    }
    const { text, root, main, assignments, imports, calls } = this;
    return { text, root, main, functions: [...this.byNode.values()], assignments, imports, calls };
  }

  private readNode(node: SyntaxNode): void {
    if (FUNCTIONS.has(node.type)) {
      this.byNode.set(node, { node, name: this.nameOf(node), parent: this.ownerOf(node) });
      return;
    }
    switch (node.type) {
      case 'variable_declarator':
        this.assign(childOf(node, 'name'), childOf(node, 'value'), node);
        break;
      case 'assignment_expression':
        this.assign(childOf(node, 'left'), childOf(node, 'right'), node);
        break;
      case 'public_field_definition':
      case 'field_definition':
        this.assignField(node);
        break;
      case 'import_statement':
        this.readImport(node);
        break;
      case 'call_expression':
      case 'new_expression':
        this.readCall(node);
        break;
      default:
    }
  }

  private ownerOf(node: SyntaxNode): JavaScriptFunction {
    return this.byNode.get(enclosing(node.parent, FUNCTION_OR_PROGRAM) ?? this.root) ?? this.main;
  }

  /** `function f() {}`, `const f = () => {}`, `{ f() {} }`, `{ f: () => {} }`. */
  private nameOf(node: SyntaxNode): string {
    const own = childOf(node, 'name');
    const holder = own ? undefined : node.parent;
    const name =
      own ?? (holder && (childOf(holder, 'name') ?? childOf(holder, 'left') ?? childOf(holder, 'key') ?? undefined));
    return name && name !== node ? this.text.slice(name.start, name.end) : '';
  }

  private assign(target: SyntaxNode | undefined, value: SyntaxNode | undefined, node: SyntaxNode): void {
    const statement = javaScriptStatementOf(node);
    const owner = this.ownerOf(node);
    if (target && value && target.type === 'object_pattern') {
      // `const {value, grads} = tf.variableGrads(…)`: each name stands for a part of the value.
      for (const part of walk(target)) {
        if (part.type === 'shorthand_property_identifier_pattern' || part.type === 'identifier') {
          this.assignments.push({ target: this.text.slice(part.start, part.end), value, statement, owner });
        }
      }
      return;
    }
    const name = target && memberName(this.text, target);
    if (name && value) {
      this.assignments.push({ target: name, value, statement, owner });
    }
  }

  private assignField(node: SyntaxNode): void {
    const name = childOf(node, 'name') ?? childOf(node, 'property');
    const value = childOf(node, 'value');
    if (name && value) {
      const target = `this.${this.text.slice(name.start, name.end)}`;
      this.assignments.push({ target, value, statement: node, owner: this.ownerOf(node) });
    }
  }

  private readImport(node: SyntaxNode): void {
    const from = javaScriptString(this.text, childOf(node, 'source'));
    if (from === null) {
      return;
    }
    const bound = [...walk(node)].filter(
      ({ type, field, parent }) =>
        type === 'identifier' &&
        (parent?.type !== 'import_specifier' || field === 'alias' || !childOf(parent, 'alias')),
    );
    const names = bound.map(({ start, end }) => this.text.slice(start, end));
    this.imports.push(...(names.length > 0 ? names : ['']).map((name) => ({ name, from })));
  }

  private readCall(node: SyntaxNode): void {
    const call = readJavaScriptCall(this.text, node);
    if (!call) {
      return;
    }
    this.calls.push({ ...call, owner: this.ownerOf(node) });
    const required = call.callee === 'require' || call.callee === 'import' || call.callee === 'importScripts';
    const from = required ? javaScriptString(this.text, call.positional[0]) : null;
    if (from !== null) {
      this.imports.push({ name: '', from });
    }
  }
}
