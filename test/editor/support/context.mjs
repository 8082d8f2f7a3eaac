/**
 * What the outside tests are given by `run.mjs`, which loads them into its own process.
 * @typedef {object} OutsideContext
 * @property {import('../../../scripts/editor/tools.mjs').EditorTools} tools
 * @property {string} browser executable
 * @property {string} workspace folder of the sample project with its finished runs; to be copied, not changed
 * @property {string} packageFile the packaged extension
 */

/** @type {OutsideContext | undefined} */
let given;

/** @param {OutsideContext} context */
export function giveContext(context) {
  given = context;
}

export function outsideContext() {
  if (!given) {
    throw new Error('the outside tests run through npm run test:editor');
  }
  return given;
}
