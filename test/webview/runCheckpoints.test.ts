import { afterEach, expect, test } from 'vitest';
import type { RunCheckpoint } from '../../src/model/runCheckpoint.js';
import { describePages } from './harness/pages.js';
import { openPage } from './harness/browser.js';
import type { OpenPage } from './harness/browser.js';
import { finding, spikingRun } from './harness/runs.js';
import { seriousViolations } from './harness/accessibility.js';

const checkpoint = (name: string, step: number | null): RunCheckpoint => ({
  path: `/runs/gpt-small/${name}/model.safetensors`,
  name,
  step,
  modified: 1_763_712_000 + (step ?? 0),
});
const SAVED = [...[500, 1000, 1500, 2000, 4000, 4010, 4500].map((step) => checkpoint(`checkpoint-${step}`, step)), checkpoint('final', null)]; // prettier-ignore

describePages('checkpoints on the run page', (suite) => {
  let open: OpenPage;

  afterEach(async () => {
    await open.page.context().close();
    expect(open.complaints).toEqual([]);
  });

  const spike = finding({});
  const run = spikingRun().build({ findings: [spike] });
  const marks = () => open.page.locator('.checkpoint-mark');

  test.each(['dark', 'light', 'high-contrast'] as const)('stand along the axis of the charts in %s', async (theme) => {
    open = await openPage(suite.browser, suite.server.url, { run, checkpoints: SAVED, theme, withoutPolicy: true });
    await open.settle();
    // Two lie too close together to be told apart.
    await expect.poll(() => marks().count()).toBe(6);
    const [first, second, plot] = await Promise.all([
      marks().nth(0).boundingBox(),
      marks().nth(1).boundingBox(),
      open.page.locator('.chart canvas').first().boundingBox(),
    ]);
    const last = run.report.steps!.last;
    const wide = plot!.width - 64 - 22;
    expect(second!.x - first!.x).toBeCloseTo((500 / last) * wide, -0.5);
    expect(first!.x + first!.width / 2 - plot!.x - 64).toBeCloseTo((500 / last) * wide, -0.5);
    await open.screenshot(`run-checkpoints-${theme}`);
    expect(await seriousViolations(open.page)).toEqual([]);
  });

  test('lead from a spike to what it did to the weights', async () => {
    open = await openPage(suite.browser, suite.server.url, { run, checkpoints: SAVED });
    await open.settle();
    await open.page.getByRole('button', { name: 'Compare the checkpoints before and after' }).click();
    await expect
      .poll(() => open.host.requests('compare-checkpoints'))
      .toEqual([
        {
          type: 'compare-checkpoints',
          first: '/runs/gpt-small/checkpoint-4010/model.safetensors',
          second: '/runs/gpt-small/checkpoint-4500/model.safetensors',
        },
      ]);
  });

  test('open, and new ones join them', async () => {
    open = await openPage(suite.browser, suite.server.url, { run, checkpoints: SAVED.slice(0, 1) });
    await open.settle();
    await marks().first().click();
    await expect.poll(() => open.host.requests('open-checkpoint').length).toBe(1);
    await open.send({ type: 'checkpoints', checkpoints: SAVED });
    await expect.poll(() => marks().count()).toBe(6);
    await open.page.locator('.run-checkpoints summary').click();
    expect(await open.page.locator('.run-checkpoints li').count()).toBe(SAVED.length);
    await open.page.getByRole('button', { name: 'Compare checkpoint-2000 with checkpoint-1500' }).click();
    await expect.poll(() => open.host.requests('compare-checkpoints').length).toBe(1);
  });

  test('say nothing where there are none', async () => {
    open = await openPage(suite.browser, suite.server.url, { run });
    await open.settle();
    expect(await open.page.locator('.checkpoint-strip, .run-checkpoints, .around-finding').count()).toBe(0);
  });
});
