import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import { parseFromLabPage } from '../../src/contract/labProtocol.js';
import type { FromLabPage, LabTrial, ToLabPage } from '../../src/contract/labProtocol.js';
import { describePages } from './harness/pages.js';
import { seriousViolations } from './harness/accessibility.js';
import { openSimplePage } from './harness/browser.js';
import type { PageOptions, SimplePage } from './harness/browser.js';
import { THEMES } from './harness/themes.js';
import { TRIAL } from './harness/trials.js';

const running: LabTrial = {
  ...TRIAL,
  stage: 'trying',
  progress: { done: 11, planned: 21, share: 0.55, secondsLeft: 38 },
  seconds: null,
  arms: TRIAL.arms.map((each, index) =>
    index < 4
      ? each
      : {
          ...each,
          verdict: null,
          curves: index === 4 ? each.curves : {},
          runs: each.runs.map((run) => ({
            ...run,
            state: index === 4 && run.seed < 2 ? (run.seed === 0 ? 'done' : 'training') : 'waiting',
          })),
        },
  ),
};

const noArms = { arms: [], reproduction: null, progress: null, proxy: null, backend: null, measure: null } as const;

describePages('page of a trial', (suite) => {
  let page: Page;
  let open: SimplePage;

  afterEach(async () => {
    await page.context().close();
    expect(open.complaints).toEqual([]);
  });

  interface Shown extends PageOptions {
    readonly trusted?: boolean;
    readonly picture?: string;
  }

  async function show(
    trial: LabTrial | string | undefined,
    { trusted = true, picture, ...options }: Shown = {},
  ): Promise<void> {
    const news: ToLabPage[] =
      trial === undefined
        ? []
        : [typeof trial === 'string' ? { type: 'failed', message: trial } : { type: 'trial', trial, trusted }];
    open = await openSimplePage(suite.browser, `${suite.server.url}lab`, news, options);
    page = open.page;
    await open.settle();
    if (picture !== undefined) {
      await open.screenshot(`lab-${picture}`);
    }
  }

  /** What the page said, as the editor takes it. */
  const received = (): (FromLabPage | undefined)[] => open.received.map(parseFromLabPage);

  async function send(message: ToLabPage): Promise<void> {
    await page.evaluate((data: unknown) => {
      window.postMessage(data, '*');
    }, message as unknown);
  }

  const text = (selector: string) => page.locator(selector).first().innerText();

  test.each(THEMES.map(({ name }) => name))('says what helped, in %s', async (theme) => {
    await show(TRIAL, { theme, picture: `done-${theme}` });
    expect(await text('.outcome')).toContain('2 of 5 fixes help on a proxy of 92 k parameters');
    expect(await text('.outcome')).toContain('“Clip gradients by their global norm” most: −0.55 [−0.64, −0.46]');
    const rows = await page.locator('[data-arm]').evaluateAll((all) => all.map((row) => row.getAttribute('data-arm')));
    expect(rows).toEqual(['clip-gradients', 'zclip', 'spam', 'add-warmup', 'peri-ln']);
    expect(await page.locator('.board .chart').count()).toBe(2);
    expect(await text('.board .legend')).toContain('with the symptom');
  });

  test('shows how far it is, and lets it be cancelled', async () => {
    await show(running, { picture: 'running' });
    expect(await text('.facts')).toContain('13 of 21 runs');
    expect(await text('.facts')).toContain('about 38 s left');
    expect(await page.locator('[data-arm="add-warmup"] .run-training').count()).toBe(1);
    await page.locator('vscode-button', { hasText: 'Cancel' }).click();
    expect(received().at(-1)).toEqual({ type: 'cancel' });
    await send({ type: 'trial', trial: { ...running, stage: 'stopped' }, trusted: true });
    await page.locator('vscode-button', { hasText: 'Resume' }).click();
    expect(received().at(-1)).toEqual({ type: 'resume' });
  });

  test.each([
    ['queued', { ...TRIAL, ...noArms, stage: 'queued', untried: [], ladder: [] }, 'Another trial goes on'],
    ['preparing', { ...TRIAL, ...noArms, stage: 'preparing', untried: [], ladder: [] }, 'held against the reference'],
    [
      'not-reproduced',
      {
        ...TRIAL,
        stage: 'not-reproduced',
        reproduction: { ...TRIAL.reproduction!, reproduced: false, effect: 0.004, interval: [-0.02, 0.03] },
        arms: TRIAL.arms.map((each, index) => (index < 2 ? each : { ...each, curves: {}, verdict: null, runs: [] })),
      },
      'does not show on a proxy of 92 k parameters',
    ],
    [
      'no-proxy',
      { ...TRIAL, ...noArms, stage: 'no-proxy', problems: ['The lab has no hardware to break.'] },
      'no hardware',
    ],
    [
      'failed',
      { ...TRIAL, ...noArms, stage: 'failed', problems: ['/lab: ENOSPC: no space left on device; make room'] },
      'make room',
    ],
  ] as const)('explains the state %s', async (name, trial, words) => {
    await show(trial, { picture: name });
    expect(await text('.outcome')).toContain(words);
    expect(await page.locator('[data-arm]').count()).toBe(0);
  });

  test('says that it waits, and why nothing can be shown', async () => {
    await show(undefined, { picture: 'loading' });
    expect(await text('.loading-word')).toContain('Reading the trial');
    await send({ type: 'failed', message: 'the engine stopped' });
    await page.locator('h1', { hasText: 'This trial cannot be shown' }).waitFor();
    expect(await text('.empty')).toContain('the engine stopped');
  });

  test('goes on to a run, to the finding and to a fix', async () => {
    await show(TRIAL);
    await page.locator('[data-fix="clip-gradients"]').click();
    expect(received().at(-1)).toEqual({ type: 'apply-fix', fix: 'clip-gradients' });
    await page.locator('.facts .link').click();
    expect(received().at(-1)).toEqual({ type: 'open-finding' });
    await page.locator('summary', { hasText: 'Runs (21)' }).click();
    await page.locator('.trial-runs .link').first().click();
    expect(received().at(-1)).toEqual({ type: 'open-run', folder: '/lab/baseline-seed0' });
  });

  test('offers no change in a workspace that is not trusted', async () => {
    await show(TRIAL, { trusted: false });
    await page.locator('[data-fix="clip-gradients"]').click({ force: true });
    expect(received().map((message) => message?.type)).toEqual(['ready']);
  });

  test('has room beside the code', async () => {
    await show(TRIAL, { width: 480, picture: 'narrow' });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });

  test.each(THEMES.map(({ name }) => name))('has no serious violations of accessibility in %s', async (theme) => {
    await show(running, { theme, withoutPolicy: true });
    expect(await seriousViolations(page)).toEqual([]);
    await send({ type: 'trial', trial: TRIAL, trusted: true });
    await page.locator('.outcome').waitFor();
    expect(await seriousViolations(page)).toEqual([]);
  });
});
