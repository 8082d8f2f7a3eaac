import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';

/** Why a helper that watches layers by hooks can't be used: compiled models run none. Null where it can. */
export function notCompiled({ module, lines }: PythonAnalysis): string | null {
  const compiled = module.calls.find(
    ({ name, callee }) =>
      (name === 'compile' && /^torch\.|\bmodel\.compile$/.test(callee ?? '')) || callee === 'jit.script',
  );
  return compiled
    ? `The model is compiled on line ${lines.lineAt(compiled.node.start) + 1}, where the hooks of layers do not run.`
    : null;
}
