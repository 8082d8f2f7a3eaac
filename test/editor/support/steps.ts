import type { Workbench } from './workbench.js';

/**
 * For tests of one description that build on each other: the first that fails leaves a picture of its workbench, and
 * those after it are skipped, since each would only wait for what can't come.
 */
export function inSteps(name: string, workbench: () => Workbench): void {
  let isBroken = false;
  beforeEach(function () {
    if (isBroken) {
      this.skip();
    }
  });
  afterEach(async function () {
    if (!isBroken && this.currentTest?.state === 'failed') {
      isBroken = true;
      await workbench().screenshot(`${name}-failed`);
    }
  });
}
