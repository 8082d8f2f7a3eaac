import { createContext, Script } from 'node:vm';

/** Runs what `task` holds: a call that V8 interrupts when it takes too long, in the middle of a regular expression too. */
const box: { task: (() => void) | undefined } = { task: undefined };
const context = createContext(box);
const script = new Script('task()');

/**
 * Calls a function that may never return by itself, such as a match of somebody else's regular expression, and stops
 * it after so many milliseconds. What it was changing is then left half changed.
 * @returns undefined when it was stopped.
 */
export function withinTime<Value>(milliseconds: number, call: () => Value): { readonly value: Value } | undefined {
  let result: { readonly value: Value } | undefined;
  const outer = box.task;
  box.task = () => {
    result = { value: call() };
  };
  try {
    script.runInContext(context, { timeout: milliseconds });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') {
      throw error;
    }
  } finally {
    box.task = outer;
  }
  return result;
}
