import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openBrowser } from '../../../scripts/editor/browser.mjs';
import { startCodeServer } from '../../../scripts/editor/codeServer.mjs';
import { projectRoot } from '../../../scripts/editor/tools.mjs';
import { insideSuite } from './bundle.mjs';
import { copyWorkspace } from './workspace.mjs';

const SUITE_WITHIN_MS = 900_000;

/** What the editor says because its native parts were not compiled, and because pages are closed early. */
const KNOWN_NOISE = /bindings file|watchdog|Canceled/;

/**
 * Runs the suite in `out/editor-tests/inside` in an extension host. Only the result file counts: an extension host
 * that crashes reports success to its page.
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runInside({ tools, browser, workspace, grep = '' }) {
  const outcome = await inExtensionHost({
    tools,
    browser,
    workspace,
    extension: projectRoot,
    suite: path.join(insideSuite, 'index.js'),
    environment: { EVENKEEL_TEST_GREP: grep },
  });
  if (!outcome.result) {
    console.log(
      ['  failed: the extension host ended without a result; its last words:', ...outcome.errors.slice(-5)].join(
        '\n  ',
      ),
    );
    return { passed: 0, failed: 1 };
  }
  report(outcome.result);
  return { passed: outcome.result.passed, failed: outcome.result.failures.length };
}

/** Prints what the suite wrote. */
export function report({ passes, failures, pending }) {
  passes.forEach(({ title, duration }) => console.log(`  ✔ ${title} (${duration} ms)`));
  pending.forEach((title) => console.log(`  skipped: ${title}`));
  for (const { title, error } of failures) {
    console.log(`  failed: ${title}: ${error.split('\n')[0]}\n${error.replaceAll(/^/gm, '      ')}`);
  }
}

/**
 * Opens a copy of a workspace in an editor with an extension under development and a test module, and waits for it.
 * The module finds in EVENKEEL_TEST_RESULT the name of the file that it shall write its result to.
 * @param {{
 *   tools: import('../../../scripts/editor/tools.mjs').EditorTools,
 *   browser: string,
 *   workspace: string,
 *   extension: string,
 *   packages?: readonly string[],
 *   suite: string,
 *   environment?: Record<string, string>,
 * }} options
 * @returns {Promise<{ result: any, errors: readonly string[] }>} what the module wrote, undefined when it wrote nothing,
 *   and what went to the error log
 */
export async function inExtensionHost({ tools, browser, workspace, extension, packages, suite, environment = {} }) {
  const scratch = mkdtempSync(path.join(tmpdir(), 'evenkeel-result-'));
  const resultFile = path.join(scratch, 'result.json');
  const copy = await copyWorkspace(workspace);
  const editor = await startCodeServer({
    tools,
    testing: true,
    packages,
    environment: { ...environment, EVENKEEL_TEST_RESULT: resultFile },
  });
  const chromium = await openBrowser(browser);
  try {
    const page = await chromium.newPage();
    const ended = await endOfSuite(page);
    const payload = [
      ['extensionDevelopmentPath', editor.remote(extension)],
      ['extensionTestsPath', editor.remote(suite)],
    ];
    await page.goto(editor.open(copy.folder, payload));
    await ended.wait();
    const result = existsSync(resultFile) ? JSON.parse(readFileSync(resultFile, 'utf8')) : undefined;
    return { result, errors: ended.errors };
  } finally {
    await chromium.close();
    await editor.stop();
    await copy.remove();
    rmSync(scratch, { recursive: true });
  }
}

/** The workbench calls `codeAutomationExit` in its page when the suite has ended. */
async function endOfSuite(page) {
  let exit;
  const exited = new Promise((resolve) => (exit = resolve));
  const errors = [];
  await page.exposeFunction('codeAutomationExit', exit);
  await page.exposeFunction('codeAutomationLog', (type, parameters) => {
    const message = parameters.join(' ').split('\n')[0];
    if (type === 'error' && !KNOWN_NOISE.test(message)) {
      errors.push(message);
    }
  });
  const wait = () => {
    const late = setTimeout(exit, SUITE_WITHIN_MS);
    return exited.finally(() => clearTimeout(late));
  };
  return { wait, errors };
}
