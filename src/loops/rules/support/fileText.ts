import type { PythonModule } from '../../python/pythonModule.js';

const known = new WeakMap<PythonModule, Map<string, boolean>>();

/** Whether the text of a file holds the pattern. Asked for every loop of a file, it is looked for once. */
export function fileSays(module: PythonModule, pattern: RegExp): boolean {
  const answers = known.get(module) ?? new Map<string, boolean>();
  known.set(module, answers);
  const answer = answers.get(pattern.source) ?? pattern.test(module.text);
  answers.set(pattern.source, answer);
  return answer;
}
