import { groupBy } from '../../base/grouping.js';
import { dottedName, lastPart, readCall } from './expressions.js';
import type { LocatedCall, PythonFunction, PythonModule } from './pythonModule.js';

/** Calls that hand back the function they are given, made faster, mapped over devices or with arguments filled in. */
const WRAPPERS = new Set([
  'compile',
  'jit',
  'pjit',
  'pmap',
  'vmap',
  'filter_jit',
  'filter_pmap',
  'shard_map',
  'xmap',
  'checkpoint',
  'partial',
  'Partial',
  'function',
  'wraps',
  'cached_partial',
]);

/** Which functions of a file the names in it stand for, where that is certain enough. */
export class FunctionTable {
  private readonly module: PythonModule;
  private readonly byName: ReadonlyMap<string, readonly PythonFunction[]>;
  /** Wrapped functions by the name that the wrapper is assigned to: `p_step = jax.pmap(step)`. */
  private readonly wrapped: ReadonlyMap<string, string>;

  constructor(module: PythonModule) {
    this.module = module;
    this.byName = groupBy(module.functions, ({ name }) => name);
    this.wrapped = new Map(
      module.assignments.flatMap(({ target, value }): [string, string][] => {
        const inner = this.wrappedName(readCall(module.text, value));
        return inner === null || lastPart(inner) === lastPart(target) ? [] : [[target, inner]];
      }),
    );
  }

  /** The function that a name stands for where `scope` uses it. */
  named(dotted: string, scope: PythonFunction): PythonFunction | null {
    const direct = this.directly(dotted, scope);
    const inner = direct ? undefined : this.wrapped.get(dotted);
    return direct ?? (inner === undefined ? null : this.directly(inner, scope));
  }

  private directly(dotted: string, scope: PythonFunction): PythonFunction | null {
    const named = this.byName.get(lastPart(dotted)) ?? [];
    if (!dotted.includes('.')) {
      return named.find(({ className, parent }) => className === null && isAround(parent, scope)) ?? null;
    }
    const methods = named.filter(({ className }) => className !== null);
    const own = methods.filter(({ className }) => className === scopeClass(scope));
    if (dotted.startsWith('self.') && own.length === 1) {
      return own[0] as PythonFunction;
    }
    return methods.length === 1 ? (methods[0] as PythonFunction) : null;
  }

  /** The function that a call runs: the one it names, or the one it is handed (`strategy.run(step)`, `scan(step, …)`). */
  runBy(call: LocatedCall): readonly PythonFunction[] {
    const direct = call.callee === null ? null : this.named(call.callee, call.owner);
    if (direct) {
      return [direct];
    }
    const inner = call.node.children.find(({ field }) => field === 'function');
    const immediate = inner ? this.wrappedName(readCall(this.module.text, inner)) : null;
    const handed = WRAPPERS.has(call.name) ? [] : call.positional.slice(0, 2);
    return [immediate, ...handed.map((node) => dottedName(this.module.text, node))].flatMap((name) => {
      const target = name === null ? null : this.named(name, call.owner);
      return target ? [target] : [];
    });
  }

  private wrappedName(call: ReturnType<typeof readCall>): string | null {
    if (!call || !WRAPPERS.has(call.name)) {
      return null;
    }
    const first = call.positional.find((node) => node.type === 'identifier' || node.type === 'attribute');
    return first ? dottedName(this.module.text, first) : null;
  }
}

function isAround(outer: PythonFunction | null, inner: PythonFunction): boolean {
  for (let at: PythonFunction | null = inner; at; at = at.parent) {
    if (at === outer) {
      return true;
    }
  }
  return false;
}

function scopeClass(scope: PythonFunction): string | null {
  for (let at: PythonFunction | null = scope; at; at = at.parent) {
    if (at.className !== null) {
      return at.className;
    }
  }
  return null;
}
