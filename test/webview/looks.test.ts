import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckpointNews, CheckpointTask } from '../../src/contract/checkpointProtocol.js';
import { SWEEP_STYLE } from '../../src/extension/presentation/sweepPage.js';
import { experimentHtml } from '../../src/reports/experimentHtml.js';
import { ENGLISH } from '../../src/reports/translator.js';
import { doCheckpointTask } from '../../src/engine/checkpoints/tasks.js';
import { noise, safetensors } from '../editor/support/safetensors.js';
import { describePages } from './harness/pages.js';
import { focusOrder, seriousViolations, wideElements } from './harness/accessibility.js';
import { openDocument, openPage, openSimplePage } from './harness/browser.js';
import type { PageOptions, SimplePage } from './harness/browser.js';
import { SWEEP } from './harness/sweeps.js';
import { finding, NO_WARMUP, RunBuilder, spikingRun } from './harness/runs.js';
import { THEMES } from './harness/themes.js';
import { TRIAL } from './harness/trials.js';

const LONG = 'experiment_with_a_name_that_goes_on_'.repeat(8);
/** Arabic, and Hebrew with Latin letters and digits in it. */
const RIGHT_TO_LEFT = ['نموذج لغوي كبير', 'מודל gpt-2 גרסה 3'] as const;
const LAYERS = 8;

/** Two checkpoints of a small network, the later with an element that is no number and with hard names. */
function network(moved: number, ...further: readonly string[]) {
  const names = Array.from({ length: LAYERS }, (_, layer) => [
    `blocks.${layer}.attn.weight`,
    `blocks.${layer}.mlp.weight`,
  ]);
  const tensors = [...names.flat(), ...further].map((name, place) => ({
    name,
    shape: [16, 16],
    values: noise(256, 0.02 + moved * place, place),
  }));
  if (moved > 0) {
    tensors[5]!.values[3] = NaN;
  }
  return safetensors(tensors);
}

async function newsOf(task: CheckpointTask): Promise<CheckpointNews[]> {
  const news: CheckpointNews[] = [];
  await doCheckpointTask(task, (each) => news.push(each));
  return news;
}

describePages('pages', (suite) => {
  let folder: string;
  let checkpoint: CheckpointNews[];
  let comparison: CheckpointNews[];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'evenkeel-looks-'));
    const [first, second] = ['step-100.safetensors', 'step-200.safetensors'].map((name) => path.join(folder, name));
    await writeFile(first!, network(0));
    await writeFile(second!, network(0.001, `${LONG}.weight`, ...RIGHT_TO_LEFT.map((name) => `${name}.weight`)));
    checkpoint = await newsOf({ type: 'inspect', path: second! });
    comparison = await newsOf({ type: 'compare', first: first!, second: second! });
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  const spiking = spikingRun(4999);
  const longRun = new RunBuilder();
  for (let step = 0; step < 400; step++) {
    longRun.log(`${LONG}/loss`, step, 2).log(`${RIGHT_TO_LEFT[0]}/loss`, step, 3).log('train/loss', step, 1);
  }

  /** Every page, with something of everything on it. */
  const PAGES: Readonly<Record<string, (options: PageOptions) => Promise<SimplePage>>> = {
    'a run with findings': async (options) =>
      asSimple(
        await openPage(suite.browser, suite.server.url, {
          ...options,
          run: spiking.build({ findings: [finding({}), NO_WARMUP], status: 'live', totalSteps: 20_000 }),
        }),
      ),
    'a run with hard names': async (options) =>
      asSimple(
        await openPage(suite.browser, suite.server.url, {
          ...options,
          run: longRun.build({
            name: RIGHT_TO_LEFT[1],
            configuration: { [LONG]: LONG, [RIGHT_TO_LEFT[0]]: RIGHT_TO_LEFT[1] },
          }),
        }),
      ),
    'a run that is read': async (options) => asSimple(await openPage(suite.browser, suite.server.url, options)),
    'a checkpoint': (options) => openSimplePage(suite.browser, `${suite.server.url}checkpoint`, checkpoint, options),
    'two checkpoints': (options) => openSimplePage(suite.browser, `${suite.server.url}checkpoint`, comparison, options),
    'a checkpoint that is read': (options) =>
      openSimplePage(suite.browser, `${suite.server.url}checkpoint`, [], options),
    'a file that is no checkpoint': (options) =>
      openSimplePage(
        suite.browser,
        `${suite.server.url}checkpoint`,
        [{ type: 'failed', message: `${LONG}: is no checkpoint` }],
        options,
      ),
    'a sweep of learning rates': (options) =>
      openDocument(
        suite.browser,
        experimentHtml(SWEEP, '0.1.0', { words: ENGLISH, language: 'en', style: SWEEP_STYLE }),
        options,
      ),
  };

  async function withPage(name: string, options: PageOptions, look: (page: Page) => Promise<void>): Promise<void> {
    const open = await PAGES[name]!(options);
    try {
      await open.settle();
      await look(open.page);
      expect(open.complaints).toEqual([]);
    } finally {
      await open.page.context().close();
    }
  }

  const each = Object.keys(PAGES);

  describe.each(THEMES.map(({ name }) => name))('in %s', (theme) => {
    test.each(each)('%s has no serious fault of accessibility', async (name) => {
      await withPage(name, { theme, withoutPolicy: true, height: 1400 }, async (page) => {
        for (const fold of await page.locator('details').all()) {
          await fold.evaluate((element) => ((element as HTMLDetailsElement).open = true));
        }
        expect(await seriousViolations(page)).toEqual([]);
      });
    });

    test('the lines of a sweep are seen on their ground', async () => {
      await withPage('a sweep of learning rates', { theme }, async (page) => {
        const contrasts = await Promise.all(
          [0, 1, 2, 3, 4, 5].map((series) => contrastOf(page, `var(--series-${series})`)),
        );
        // What WCAG 2.1 (success criterion 1.4.11) asks of graphics that carry meaning.
        expect(Math.min(...contrasts)).toBeGreaterThanOrEqual(3);
      });
    });
  });

  test.each(each)('%s needs no scrolling to the side in a narrow sidebar', async (name) => {
    await withPage(name, { width: 250, height: 1200 }, async (page) => {
      await page.screenshot({ path: `test-results/webview/narrow-${name.replaceAll(' ', '-')}.png` });
      expect(await wideElements(page)).toEqual([]);
    });
  });

  test.each(each)('%s can be read at twice its size', async (name) => {
    await withPage(name, { width: 1280, height: 1000, zoom: 2 }, async (page) => {
      expect(await wideElements(page)).toEqual([]);
    });
  });

  test.each(each)('%s does not move where people asked for less motion', async (name) => {
    const moving = (page: Page) =>
      page.evaluate(
        () =>
          document.getAnimations().filter((each) => Number(each.effect?.getComputedTiming().activeDuration ?? 0) > 10)
            .length,
      );
    await withPage(name, {}, async (page) => expect(await moving(page)).toBe(0));
  });

  test.each(['a run with findings'])('the focus goes through %s as it is read', async (name) => {
    await withPage(name, { width: 700, height: 2400 }, async (page) => {
      const order = await focusOrder(page, 40);
      expect(order.length).toBeGreaterThanOrEqual(3);
      expect(order.filter((stop) => stop.name === '')).toEqual([]);
      const back = order.filter((stop, index) => stop.top < (order[index - 1]?.top ?? 0) - 60);
      expect(back).toEqual([]);
    });
  });

  /** The pages whose words all go through the editor's translations. */
  const TRANSLATED: Readonly<Record<string, () => Promise<{ open: SimplePage; data: unknown }>>> = {
    'a run with findings': async () => {
      const run = spiking.build({ findings: [finding({}), NO_WARMUP], status: 'live', totalSteps: 20_000 });
      return {
        open: asSimple(await openPage(suite.browser, `${suite.server.url}?translated`, { run })),
        data: run.report,
      };
    },
    'a trial': async () => ({
      open: await openSimplePage(suite.browser, `${suite.server.url}lab?translated`, [
        { type: 'trial', trial: TRIAL, trusted: true },
      ]),
      data: TRIAL,
    }),
    'a checkpoint': async () => ({
      open: await openSimplePage(suite.browser, `${suite.server.url}checkpoint?translated`, checkpoint),
      data: checkpoint,
    }),
    'two checkpoints': async () => ({
      open: await openSimplePage(suite.browser, `${suite.server.url}checkpoint?translated`, comparison),
      data: comparison,
    }),
  };

  test.each(Object.keys(TRANSLATED))('the words of %s come in the language of the editor', async (name) => {
    const { open, data } = await TRANSLATED[name]!();
    await open.settle();
    const known = wordsIn(data);
    const bare = (await textsOf(open.page)).filter((text) =>
      (translatedAway(text).match(/\p{L}{3,}/gu) ?? []).some((word) => !known.has(word.toLowerCase())),
    );
    expect(bare).toEqual([]);
    expect(open.complaints).toEqual([]);
    await open.page.context().close();
  });

  test('names that are written from right to left do not turn what stands beside them', async () => {
    await withPage('a run with hard names', {}, async (page) => {
      const direction = await page.locator('h1').evaluate((element) => getComputedStyle(element).unicodeBidi);
      expect(direction).toMatch(/isolate|plaintext/);
    });
  });
});

/** How a colour stands out on the ground of a page, as WCAG has it. */
function contrastOf(page: Page, colour: string): Promise<number> {
  return page.evaluate((wanted) => {
    const drawing = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
    const probe = document.body.appendChild(document.createElement('i'));
    const luminanceOf = (each: string): number => {
      probe.style.color = each;
      drawing.fillStyle = getComputedStyle(probe).color;
      drawing.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0] = [...drawing.getImageData(0, 0, 1, 1).data].map((channel) =>
        channel <= 10 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4,
      );
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const [lighter = 0, darker = 0] = [luminanceOf('var(--ground)'), luminanceOf(wanted)].sort((a, b) => b - a);
    probe.remove();
    return (lighter + 0.05) / (darker + 0.05);
  }, colour);
}

/** The run page as any other. */
function asSimple(open: Awaited<ReturnType<typeof openPage>>): SimplePage {
  const { page, complaints, settle, screenshot } = open;
  return { page, complaints, settle, screenshot, received: open.host.received };
}

/** Units, names of months, and the names of keys are the same in every language of the page. */
const UNITS = ['min', 'nan', 'log', 'nov', 'std'];

/** The words that the host sent: names, and findings, which are in English. */
function wordsIn(data: unknown): ReadonlySet<string> {
  const words = new Set(UNITS);
  const take = (value: unknown): void => {
    if (typeof value === 'string') {
      value.match(/\p{L}+/gu)?.forEach((word) => words.add(word.toLowerCase()));
    } else if (typeof value === 'object' && value !== null) {
      Object.values(value).forEach(take);
    }
  };
  take(data);
  return words;
}

/** What is left of a text without what stands in the brackets of a translation, with the values in it. */
function translatedAway(text: string): string {
  const without = text.replaceAll(/⟦[^⟦⟧]*⟧/gu, ' ');
  return without === text ? text : translatedAway(without);
}

/** Every text that is shown or read out, each by itself. */
function textsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const texts: string[] = [];
    const app = document.getElementById('app')!;
    const walker = document.createTreeWalker(app, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      texts.push(walker.currentNode.textContent ?? '');
    }
    for (const element of app.querySelectorAll('*')) {
      texts.push(...['aria-label', 'title', 'label', 'placeholder'].map((name) => element.getAttribute(name) ?? ''));
    }
    return texts.map((text) => text.trim()).filter((text) => text !== '');
  });
}
