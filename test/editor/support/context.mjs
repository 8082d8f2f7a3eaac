/**
 * What the outside tests are given by `run.mjs`, which loads them into its own process.
 * @typedef {object} OutsideContext
 * @property {import('../../../scripts/editor/tools.mjs').EditorTools} tools
 * @property {string} browser executable
 * @property {string} workspace folder of the sample project with its finished runs; to be copied, not changed
 * @property {string} packageFile the packaged extension
 */

/** Through the environment, since the tests may be loaded as another kind of module than the runner. */
const VARIABLE = 'EVENKEEL_OUTSIDE_TESTS';

/** @param {OutsideContext} context */
export function giveContext(context) {
  process.env[VARIABLE] = JSON.stringify(context);
}

/** @returns {OutsideContext} */
export function outsideContext() {
  const text = process.env[VARIABLE];
  if (!text) {
    throw new Error('the outside tests run through npm run test:editor');
  }
  return JSON.parse(text);
}
