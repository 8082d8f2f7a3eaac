import { contains, type SyntaxNode } from '../syntax/syntaxNode.js';
import { dottedName, readCall } from './expressions.js';
import type { LocatedCall, PythonFunction, PythonModule } from './pythonModule.js';

/** Runs its argument inside the backward pass, as soon as the gradient of one tensor is whole [torch 2.1 and later]. */
const REGISTERS = 'register_post_accumulate_grad_hook';

/** What a file lets happen inside every backward pass: there optimizers may step, weight by weight. */
export class GradientHooks {
  readonly functions: ReadonlySet<PythonFunction>;
  private readonly lambdas: readonly SyntaxNode[];

  /** @param functionNamed the function of the file that a name stands for in a scope */
  constructor(module: PythonModule, functionNamed: (name: string, scope: PythonFunction) => PythonFunction | null) {
    const hooks = module.callsNamed(REGISTERS).flatMap((call) => handedIn(call).map((hook) => ({ hook, call })));
    this.functions = new Set(
      hooks.flatMap(({ hook, call: { owner } }) => {
        const call = readCall(module.text, hook);
        const wrapped = call?.name === 'partial' ? call.positional[0] : hook;
        const direct = wrapped && dottedName(module.text, wrapped);
        const maker = call?.callee ? functionNamed(call.callee, owner) : null;
        const made = module.functions.filter(({ parent }) => maker !== null && parent === maker);
        return [direct ? functionNamed(direct, owner) : null, ...made].filter((each) => each !== null);
      }),
    );
    this.lambdas = hooks.map(({ hook }) => hook).filter(({ type }) => type === 'lambda');
  }

  /** Whether a call stands in a hook that has a name. */
  holds({ owner }: LocatedCall): boolean {
    for (let at: PythonFunction | null = owner; at && this.functions.size > 0; at = at.parent) {
      if (this.functions.has(at)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a call stands in a hook that is written where it is registered. */
  holdsInPlace({ node }: LocatedCall): boolean {
    return this.lambdas.some((lambda) => contains(lambda, node));
  }
}

function handedIn({ positional, keywords }: LocatedCall): readonly SyntaxNode[] {
  return [...positional, ...keywords.values()].slice(0, 1);
}
