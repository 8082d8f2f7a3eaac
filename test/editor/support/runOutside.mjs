import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';
import { register } from 'tsx/esm/api';
import { projectRoot } from '../../../scripts/editor/tools.mjs';
import { giveContext } from './context.mjs';

const sources = path.join(projectRoot, 'test/editor/outside');
const TEST_WITHIN_MS = 400_000;

/**
 * Runs every `outside/*.test.ts` against the packaged extension.
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runOutside(context) {
  mkdirSync(path.join(projectRoot, 'test-results'), { recursive: true });
  giveContext(context);
  register();
  const mocha = new Mocha({ ui: 'bdd', timeout: TEST_WITHIN_MS, slow: TEST_WITHIN_MS, reporter: 'spec', retries: 1 });
  if (context.grep) {
    mocha.grep(context.grep);
  }
  for (const file of readdirSync(sources)
    .filter((name) => name.endsWith('.test.ts'))
    .sort()) {
    mocha.addFile(path.join(sources, file));
  }
  let hasFailed = false;
  mocha.rootHooks({
    async afterEach() {
      if (hasFailed) {
        hasFailed = false;
        const { Workbench } = await import('./workbench.ts');
        console.log((await Workbench.newest?.state()) ?? 'no window is open');
      }
    },
  });
  await mocha.loadFilesAsync();
  return new Promise((resolve) => {
    const runner = mocha.run((failed) => resolve({ passed: runner.stats?.passes ?? 0, failed }));
    // The reporter tells of failures at the end, which a run that is ended early does not reach.
    runner.on('fail', (test, error) => {
      hasFailed = true;
      console.log(`      failed: ${test.fullTitle()}: ${error.message.split('\n')[0]}\n${error.stack}`);
    });
    const retried = new Map();
    runner.on('retry', (test, error) => {
      hasFailed = true;
      console.log(`      tried again: ${error.stack}`);
      retried.set(test.fullTitle(), error.message.split('\n')[0]);
    });
    runner.on('pass', (test) => {
      const error = retried.get(test.fullTitle());
      if (error !== undefined) {
        console.log(`      flaky: ${test.fullTitle()}: ${error}`);
      }
    });
  });
}
