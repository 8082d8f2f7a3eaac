import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseFromLabPage } from '../../src/contract/labProtocol.js';
import type { FromLabPage, LabTrial, ToLabPage, TrialArm, TrialVerdict } from '../../src/contract/labProtocol.js';
import { seriousViolations } from './harness/accessibility.js';
import { launchBrowser, missingBrowser, openSimplePage } from './harness/browser.js';
import type { PageOptions, SimplePage } from './harness/browser.js';
import { seededNoise } from './harness/runs.js';
import { startPageServer } from './harness/server.js';
import type { PageServer } from './harness/server.js';
import { THEMES } from './harness/themes.js';

const STEPS = 160;

function verdict(
  word: TrialVerdict['verdict'],
  effect: number,
  half: number,
  note: string | null = null,
): TrialVerdict {
  return {
    ...{ verdict: word, effect, interval: [effect - half, effect + half], seeds: 3, baseline: 3, value: 3 + effect },
    note,
  };
}

/** Three seeds of a loss that falls to `end`, struck in the middle where it is ill. */
function arm(label: string, title: string, end: number, of: Partial<TrialArm> = {}): TrialArm {
  const noise = seededNoise(label.length);
  const every = (stride: number) => Array.from({ length: STEPS / stride }, (_, index) => index * stride);
  const curve = (steps: readonly number[]) => {
    const mean = steps.map((step) => {
      const struck = of.fix === undefined && label === 'baseline' && step >= STEPS / 2;
      return end + 2 * Math.exp(-step / 30) + (struck ? 0.9 * Math.exp(-(step - STEPS / 2) / 60) : 0) + noise() * 0.02;
    });
    return {
      ...{ steps, mean, least: mean.map((value) => value - 0.08), most: mean.map((value) => value + 0.1) },
      points: steps.length * 3,
    };
  };
  return {
    label,
    fix: label === 'baseline' || label === 'healthy' ? null : label,
    title,
    runs: [0, 1, 2].map((seed) => ({ seed, state: 'done', folder: `/lab/${label}-seed${seed}` })),
    verdict: null,
    curves: { 'eval/loss': curve(every(20)), 'train/loss': curve(every(1)) },
    ...of,
  };
}

const TRIAL: LabTrial = {
  subject: { run: 'run', finding: 'finding' },
  finding: { title: 'Gradient spike, then divergence', symptom: 'gradient-spike' },
  runName: 'gpt-small · seed 3',
  stage: 'done',
  backend: 'wasm',
  ladder: [
    {
      ...{ id: 'node-gpu', available: false, msPerStep: null },
      reason:
        'needs @tensorflow/tfjs-node-gpu, which does not ship: npm install it into a folder and name that with --packages',
    },
    { id: 'webgpu', available: false, reason: 'needs webgpu and @tensorflow/tfjs-backend-webgpu', msPerStep: null },
    { id: 'wasm', available: true, reason: null, msPerStep: 36.4 },
    { id: 'cpu', available: true, reason: null, msPerStep: 912 },
  ],
  proxy: {
    parameters: 92_448,
    shape: 'a transformer of 3 layers, width 48, 4 heads, context 32; adamw, batch 8, 160 steps',
    rules: [
      'Learning rate 0.0006 × width 768 / 48 × √(depth 12 / 3) = 0.0192 (μP and depth-μP for Adam).',
      'The spike is made by one batch of noise in the middle, its gradient × 1000.',
    ],
  },
  measure: { title: 'held-out loss at the end', unit: 'nats of held-out loss', better: 'lower' },
  reproduction: {
    ...{ reproduced: true, effect: 0.5, interval: [0.42, 0.58], seeds: 3, baseline: 2.5, value: 3, note: null },
  },
  arms: [
    arm('baseline', '', 3),
    arm('healthy', '', 2.5),
    arm('zclip', 'Clip spikes of the gradient norm (ZClip)', 2.52, { verdict: verdict('helps', -0.48, 0.12) }),
    arm('clip-gradients', 'Clip gradients by their global norm', 2.46, { verdict: verdict('helps', -0.55, 0.09) }),
    arm('add-warmup', 'Warm the learning rate up', 3.0, { verdict: verdict('no-effect', 0.005, 0.015) }),
    arm('spam', 'Forget momentum after spikes (SPAM)', 2.9, {
      verdict: verdict('unclear', -0.1, 0.4, 'within the noise of three seeds'),
    }),
    arm('peri-ln', 'Norms on both sides of each sub-layer (Peri-LN)', 3.2, { verdict: verdict('hurts', 0.21, 0.1) }),
  ],
  untried: [{ fix: 'set-epoch', title: 'Shuffle anew each epoch', reason: 'the lab has no arm for it' }],
  seeds: 3,
  progress: { done: 21, planned: 21, share: 1, secondsLeft: 0 },
  seconds: 74,
  problems: [],
};

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

describe.skipIf(missingBrowser !== undefined)('page of a trial', () => {
  let server: PageServer;
  let browser: Browser;
  let page: Page;
  let open: SimplePage;

  beforeAll(async () => {
    server = await startPageServer();
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser.close();
    await server.close();
  });

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
    open = await openSimplePage(browser, `${server.url}lab`, news, options);
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
