import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';

/** The line, from zero, on which a file compiles a model; null where it compiles none. */
export function compiledAt({ module, lines }: PythonAnalysis): number | null {
  const compiled = module.calls.find(({ callee }) =>
    /^(?:torch\.compile|torch\.jit\.\w+|(?:self\.)?(?:model|net|network|module)\.compile)$/.test(callee ?? ''),
  );
  return compiled ? lines.lineAt(compiled.node.start) : null;
}

/** Why a helper that watches layers by hooks can't be used: compiled models run none. Null where it can. */
export function notCompiled(analysis: PythonAnalysis): string | null {
  const line = compiledAt(analysis);
  return line === null ? null : `A model is compiled on line ${line + 1}, where the hooks of layers do not run.`;
}
