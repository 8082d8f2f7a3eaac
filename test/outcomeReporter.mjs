/**
 * Ends a run of vitest with a line for each test that failed, or that passed only when it was tried again, as
 * `scripts/stage.mjs` reads them.
 * @type {import('vitest/reporters').Reporter}
 */
export default class OutcomeReporter {
  /** @param {readonly import('vitest/node').TestModule[]} modules */
  onTestRunEnd(modules) {
    for (const module of modules) {
      for (const error of module.errors()) {
        console.log(`failed: ${module.relativeModuleId}: ${firstLine(error)}`);
      }
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result();
        const name = `${module.relativeModuleId} > ${test.fullName}`;
        if (state === 'failed') {
          console.log(`failed: ${name}: ${firstLine(errors[0])}`);
        } else if (test.diagnostic()?.flaky) {
          console.log(`flaky: ${name}: ${firstLine(errors?.[0])}`);
        }
      }
    }
  }
}

/** @param {{ message: string } | undefined} error */
function firstLine(error) {
  return error?.message.split('\n')[0] ?? 'no reason is known';
}
