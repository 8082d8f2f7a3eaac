import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, missingBrowser, openPage } from './harness/browser.js';
import { finding, NO_WARMUP, spikingRun } from './harness/runs.js';
import { startPageServer } from './harness/server.js';
import type { PageServer } from './harness/server.js';
import { THEMES } from './harness/themes.js';

describe.skipIf(missingBrowser !== undefined)('run page', () => {
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

  const spiking = spikingRun();
  const findings = [finding({}), NO_WARMUP];

  test.each(THEMES.map(({ name }) => name))('looks right in %s', async (theme) => {
    const run = spiking.build({ findings, status: 'live', totalSteps: 20_000 });
    const open = await openPage(browser, server.url, { run, theme });
    await open.settle();
    await open.screenshot(`spike-${theme}`);
    expect(open.complaints).toEqual([]);
    await open.page.context().close();
  });
});
