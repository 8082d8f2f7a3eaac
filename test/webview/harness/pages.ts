import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { launchBrowser, missingBrowser } from './browser.js';
import { startPageServer } from './server.js';
import type { PageServer } from './server.js';

/** What the tests of pages share: one browser and one server of the built pages for all tests of a suite. */
export interface PageSuite {
  readonly browser: Browser;
  readonly server: PageServer;
}

/** A suite of tests of pages; skipped where there is no browser. Both are there once its first test or hook runs. */
export function describePages(name: string, tests: (suite: PageSuite) => void): void {
  describe.skipIf(missingBrowser !== undefined)(name, () => {
    let server: PageServer;
    let browser: Browser;

    beforeAll(async () => {
      server = await startPageServer();
      browser = await launchBrowser();
    });

    afterAll(async () => {
      await browser.close();
      await server.close();
    });

    tests({
      get browser() {
        return browser;
      },
      get server() {
        return server;
      },
    });
  });
}
