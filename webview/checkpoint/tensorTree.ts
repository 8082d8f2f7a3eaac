import type { TensorSummary } from '../../src/model/tensor.js';

/** A module of the model: what its tensors' names have in common, up to a dot. */
export interface ModuleNode {
  readonly path: string;
  /** The last part of the path. */
  readonly name: string;
  readonly depth: number;
  readonly modules: readonly ModuleNode[];
  readonly tensors: readonly TensorNode[];
  /** Of all tensors below. */
  readonly bytes: number;
  readonly elements: number;
}

export interface TensorNode {
  /** Place among the tensors of the checkpoint. */
  readonly index: number;
  readonly name: string;
  readonly depth: number;
}

/** A line of the table. */
export type Row =
  | { readonly kind: 'module'; readonly node: ModuleNode; readonly open: boolean }
  | { readonly kind: 'tensor'; readonly index: number; readonly label: string; readonly depth: number };

interface GrowingModule {
  readonly path: string;
  readonly name: string;
  readonly modules: Map<string, GrowingModule>;
  readonly tensors: { index: number; name: string }[];
}

/** The modules of a checkpoint by the dots of its tensors' names. A module that holds one other alone is told in one row with it. */
export function moduleTree(tensors: readonly TensorSummary[], chosen: readonly number[]): ModuleNode {
  const root: GrowingModule = { path: '', name: '', modules: new Map(), tensors: [] };
  for (const index of chosen) {
    const parts = tensors[index]?.name.split('.') ?? [];
    let at = root;
    for (const part of parts.slice(0, -1)) {
      let next = at.modules.get(part);
      if (!next) {
        next = { path: at.path === '' ? part : `${at.path}.${part}`, name: part, modules: new Map(), tensors: [] };
        at.modules.set(part, next);
      }
      at = next;
    }
    at.tensors.push({ index, name: parts.at(-1) ?? '' });
  }
  return grown(root, tensors, 0);
}

function grown(module: GrowingModule, tensors: readonly TensorSummary[], depth: number): ModuleNode {
  let joined = module;
  let name = module.name;
  while (joined.path !== '' && joined.tensors.length === 0 && joined.modules.size === 1) {
    const [only] = joined.modules.values();
    if (!only) {
      break;
    }
    joined = only;
    name = `${name}.${only.name}`;
  }
  const isRoot = joined.path === '';
  const below = isRoot ? depth : depth + 1;
  const modules = [...joined.modules.values()].map((one) => grown(one, tensors, below));
  const own = joined.tensors.map(({ index, name: label }) => ({ index, name: label, depth: below }));
  const sum = (of: (tensor: TensorSummary) => number): number =>
    own.reduce((total, { index }) => total + of(tensors[index] as TensorSummary), 0);
  return {
    path: joined.path,
    name,
    depth,
    modules,
    tensors: own,
    bytes: sum(({ bytes }) => bytes) + modules.reduce((total, one) => total + one.bytes, 0),
    elements: sum(elementsOf) + modules.reduce((total, one) => total + one.elements, 0),
  };
}

/** Rows of a tree with only the open modules' contents; numbered modules come in the order of their numbers. */
export function treeRows(root: ModuleNode, isOpen: (path: string) => boolean): Row[] {
  const rows: Row[] = [];
  const visit = (node: ModuleNode): void => {
    for (const { index, name, depth } of node.tensors) {
      rows.push({ kind: 'tensor', index, label: name, depth });
    }
    for (const module of [...node.modules].sort(byNumberThenPlace(node.modules))) {
      const open = isOpen(module.path);
      rows.push({ kind: 'module', node: module, open });
      if (open) {
        visit(module);
      }
    }
  };
  visit(root);
  return rows;
}

function byNumberThenPlace(modules: readonly ModuleNode[]): (one: ModuleNode, other: ModuleNode) => number {
  const areNumbers = modules.every(({ name }) => /^\d/.test(name));
  return (one, other) => (areNumbers ? Number.parseInt(one.name, 10) - Number.parseInt(other.name, 10) : 0);
}

/** Every module's path, for opening all of them. */
export function modulePaths(root: ModuleNode): string[] {
  return root.modules.flatMap((module) => [module.path, ...modulePaths(module)]);
}

export function elementsOf({ shape }: Pick<TensorSummary, 'shape'>): number {
  return shape.reduce((product, length) => product * length, 1);
}
