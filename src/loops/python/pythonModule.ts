import { groupBy } from '../../base/grouping.js';
import { childOf, enclosing, walk, type SyntaxNode } from '../syntax/syntaxNode.js';
import { dottedName, lastPart, readCall, textOf, type Call } from './expressions.js';

/** A function, a method, or (with `node.type` "module") the code outside of all functions. */
export interface PythonFunction {
  readonly node: SyntaxNode;
  readonly name: string;
  readonly className: string | null;
  readonly parent: PythonFunction | null;
  readonly parameters: readonly Parameter[];
}

export interface Parameter {
  readonly name: string;
  readonly node: SyntaxNode;
  /** A bare name, neither defaulted nor starred. */
  readonly plain: boolean;
}

export interface Assignment {
  /** The name on the left as written: "optimizer", "self.optimizer". */
  readonly target: string;
  readonly value: SyntaxNode;
  /** The value is one of several that a call gives back at once; which one is `index`. */
  readonly index: number | null;
  readonly statement: SyntaxNode;
  readonly owner: PythonFunction;
}

/** A name bound by an import. */
export interface ImportBinding {
  readonly name: string;
  /** What the name stands for: "torch.nn.functional". */
  readonly path: string;
  readonly statement: SyntaxNode;
  readonly owner: PythonFunction;
}

export interface LocatedCall extends Call {
  readonly owner: PythonFunction;
}

/** What a Python text defines, assigns, imports and calls, in source order. */
export interface PythonModule {
  readonly text: string;
  readonly root: SyntaxNode;
  readonly main: PythonFunction;
  readonly functions: readonly PythonFunction[];
  readonly classes: readonly SyntaxNode[];
  readonly assignments: readonly Assignment[];
  /** Every `a = b` and `a += b` as it stands in the tree. */
  readonly assignmentNodes: readonly SyntaxNode[];
  readonly imports: readonly ImportBinding[];
  readonly calls: readonly LocatedCall[];
  readonly comments: readonly SyntaxNode[];
  /** The calls whose callee ends in this name, in source order. */
  callsNamed(name: string): readonly LocatedCall[];
  /** The first assignment that takes this very value. */
  assignmentOf(value: SyntaxNode): Assignment | undefined;
  /** What the name is bound to by an import; the first binding where there are several. */
  importNamed(name: string | undefined): ImportBinding | undefined;
  /** The function in which the node stands. */
  ownerOf(node: SyntaxNode): PythonFunction;
}

const FUNCTION = new Set(['function_definition', 'module']);
const FUNCTION_OR_CLASS = new Set(['function_definition', 'class_definition', 'module']);
const SIMPLE_PARENT = new Set(['block', 'module']);

export function readModule(text: string, root: SyntaxNode): PythonModule {
  return new ModuleReader(text, root).read();
}

/** The statement that holds the node: the child of the nearest block. */
export function statementOf(node: SyntaxNode): SyntaxNode {
  let statement = node;
  while (statement.parent && !SIMPLE_PARENT.has(statement.parent.type)) {
    statement = statement.parent;
  }
  return statement;
}

/** A call of something that was imported `as` another name, under the name that its library gave it. */
export function underItsOwnName<C extends Call>(call: C, module: Pick<PythonModule, 'importNamed'>): C {
  const binding = call.callee === call.name ? module.importNamed(call.name) : undefined;
  const name = binding && lastPart(binding.path);
  return name === undefined || name === call.name ? call : { ...call, name };
}

class ModuleReader {
  private readonly text: string;
  private readonly root: SyntaxNode;
  private readonly main: PythonFunction;
  private readonly byNode = new Map<SyntaxNode, PythonFunction>();
  private readonly classes: SyntaxNode[] = [];
  private readonly assignments: Assignment[] = [];
  private readonly assignmentNodes: SyntaxNode[] = [];
  private readonly imports: ImportBinding[] = [];
  private readonly calls: LocatedCall[] = [];
  private readonly comments: SyntaxNode[] = [];

  constructor(text: string, root: SyntaxNode) {
    this.text = text;
    this.root = root;
    this.main = { node: root, name: '', className: null, parent: null, parameters: [] };
    this.byNode.set(root, this.main);
  }

  read(): PythonModule {
    for (const node of walk(this.root)) {
      this.readNode(node);
    }
    const { text, root, main, classes, assignments, assignmentNodes, imports, calls, comments } = this;
    const functions = [...this.byNode.values()];
    const ownerOf = (node: SyntaxNode) => this.ownerOf(node);
    const callsByName = groupBy(calls, ({ name }) => name);
    const importsByName = groupBy(imports, ({ name }) => name);
    const callsNamed = (name: string) => callsByName.get(name) ?? [];
    const importNamed = (name: string | undefined) => importsByName.get(name ?? '')?.[0];
    const assignmentsByValue = groupBy(assignments, ({ value }) => value);
    const assignmentOf = (value: SyntaxNode) => assignmentsByValue.get(value)?.[0];
    return {
      callsNamed,
      assignmentOf,
      importNamed,
      text,
      root,
      main,
      functions,
      classes,
      assignments,
      assignmentNodes,
      imports,
      calls,
      comments,
      ownerOf,
    };
  }

  private readNode(node: SyntaxNode): void {
    switch (node.type) {
      case 'function_definition':
        this.readFunction(node);
        break;
      case 'class_definition':
        this.classes.push(node);
        break;
      case 'comment':
        this.comments.push(node);
        break;
      case 'augmented_assignment':
        this.assignmentNodes.push(node);
        break;
      case 'assignment':
        this.assignmentNodes.push(node);
        this.readAssignment(node);
        break;
      case 'named_expression':
        this.assign(childOf(node, 'name'), childOf(node, 'value'), null, node);
        break;
      case 'import_statement':
      case 'import_from_statement':
        this.readImport(node);
        break;
      case 'call': {
        const call = readCall(this.text, node);
        if (call) {
          this.calls.push({ ...call, owner: this.ownerOf(node) });
        }
        break;
      }
      default:
    }
  }

  private ownerOf(node: SyntaxNode): PythonFunction {
    return this.byNode.get(enclosing(node.parent, FUNCTION) ?? this.root) ?? this.main;
  }

  private readFunction(node: SyntaxNode): void {
    const name = childOf(node, 'name');
    const scope = enclosing(node.parent, FUNCTION_OR_CLASS);
    const className = scope?.type === 'class_definition' ? childOf(scope, 'name') : undefined;
    this.byNode.set(node, {
      node,
      name: name ? textOf(this.text, name) : '',
      className: className ? textOf(this.text, className) : null,
      parent: this.ownerOf(node),
      parameters: this.readParameters(childOf(node, 'parameters')),
    });
  }

  private readParameters(list: SyntaxNode | undefined): Parameter[] {
    return (list?.children ?? []).flatMap((node) => {
      const name = childOf(node, 'name') ?? (node.type === 'identifier' ? node : node.children[0]);
      return name?.type === 'identifier'
        ? [
            {
              name: textOf(this.text, name),
              node,
              plain: node.type === 'identifier' || node.type === 'typed_parameter',
            },
          ]
        : [];
    });
  }

  private readAssignment(node: SyntaxNode): void {
    const left = childOf(node, 'left');
    const right = childOf(node, 'right');
    if (!left || !right) {
      return;
    }
    if (left.type === 'pattern_list' || left.type === 'tuple_pattern' || left.type === 'list_pattern') {
      const paired =
        ['expression_list', 'tuple', 'list'].includes(right.type) && right.children.length === left.children.length;
      left.children.forEach((target, index) => {
        this.assign(target, paired ? right.children[index] : right, paired ? null : index, node);
      });
      return;
    }
    // `a = b = f()` nests: the innermost right side is the value of every target.
    let value = right;
    while (value.type === 'assignment') {
      value = childOf(value, 'right') ?? value.children[0] ?? left;
    }
    this.assign(left, value, null, node);
  }

  private assign(
    target: SyntaxNode | undefined,
    value: SyntaxNode | undefined,
    index: number | null,
    node: SyntaxNode,
  ): void {
    const name = target && dottedName(this.text, target);
    if (name && value) {
      this.assignments.push({ target: name, value, index, statement: statementOf(node), owner: this.ownerOf(node) });
    }
  }

  private readImport(node: SyntaxNode): void {
    const from = childOf(node, 'module_name');
    const prefix = from ? `${textOf(this.text, from)}.` : '';
    for (const child of node.children.filter((candidate) => candidate.field === 'name')) {
      const imported = childOf(child, 'name') ?? child;
      const alias = childOf(child, 'alias');
      const path = textOf(this.text, imported);
      // `import torch.nn` binds "torch"; only `as` and `from` bind the last part.
      const bound = alias ? textOf(this.text, alias) : from ? path : (path.split('.')[0] as string);
      this.imports.push({
        name: bound,
        path: alias || from ? prefix + path : bound,
        statement: node,
        owner: this.ownerOf(node),
      });
    }
  }
}
