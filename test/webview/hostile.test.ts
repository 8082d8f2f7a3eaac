import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { doCheckpointTask } from '../../src/engine/checkpoints/tasks.js';
import type { CheckpointNews } from '../../src/contract/checkpointProtocol.js';
import { noise, safetensors } from '../editor/support/safetensors.js';
import { describePages } from './harness/pages.js';
import { openPage, openSimplePage } from './harness/browser.js';
import { logEngine } from './harness/corpusRuns.js';

/** What a log can hold to deceive a page. Each is a name of a series, and a name and a value of the configuration. */
const HOSTILE = {
  'an image': '<img src=x onerror="globalThis.taken=1">',
  'a script': '</script><script>globalThis.taken=1</script>',
  'the end of an attribute': '" onmouseover="globalThis.taken=1" autofocus onfocus="globalThis.taken=1',
  // eslint-disable-next-line no-template-curly-in-string
  'a template': '${globalThis.taken=1}{{globalThis.taken=1}}',
  'an address': 'javascript:globalThis.taken=1',
  'control characters': '\u001b[2J\u001b]0;taken\u0007loss',
  'another direction': 'loss\u202egnp.exe\u2066',
  'the prototype': '__proto__',
  'a constructor': 'constructor',
  'a path': '../../../etc/passwd',
} as const;

const MEGABYTE = 'x'.repeat(1 << 20);
const ROWS = 60;

describePages('hostile files', (suite) => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'evenkeel-hostile-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  /** The run of a log with this name in every place that a log has for names. */
  async function openRun(hostile: string) {
    const home = path.join(folder, hostile.replaceAll('/', '∕').slice(0, 60));
    await mkdir(home, { recursive: true });
    const rows = Array.from({ length: ROWS }, (_, step) =>
      JSON.stringify(
        Object.fromEntries([
          ['step', step],
          [hostile, step % 7],
          [`${hostile}/loss`, step > 40 ? NaN : 2],
          ['loss', 2],
        ]),
      ).replaceAll('null', 'NaN'),
    );
    await writeFile(path.join(home, 'metrics.jsonl'), rows.join('\n') + '\n');
    await writeFile(
      path.join(home, 'config.json'),
      `{${JSON.stringify(hostile)}: ${JSON.stringify(hostile)}, "lr": 1}`,
    );
    const engine = logEngine();
    const { signal } = new AbortController();
    const [run] = await engine.open({ paths: [home] }, signal);
    let report = await engine.report({ run: run!.id }, signal);
    while (report.reading) {
      await delay(20);
      report = await engine.report({ run: run!.id }, signal);
    }
    const open = await openPage(suite.browser, suite.server.url, {
      run: { report, envelope: (query) => engine.envelope({ run: run!.id, ...query }, signal) },
    });
    return { open, report, close: () => engine.dispose() };
  }

  test.each(Object.entries(HOSTILE))('%s in a log stays text on the page of its run', async (_name, hostile) => {
    const { open, report, close } = await openRun(hostile);
    const tags = report.signals.map(({ tag }) => tag);
    expect(tags).toContain(hostile);
    await open.page.locator('.page-header h1').waitFor();
    for (const fold of await open.page.locator('details').all()) {
      await fold.evaluate((element) => ((element as HTMLDetailsElement).open = true));
    }
    await open.settle();
    expect(await open.page.evaluate(() => (globalThis as { taken?: unknown }).taken)).toBeUndefined();
    expect(await open.page.locator('#app img, #app script, #app [onfocus], #app [onmouseover]').count()).toBe(0);
    expect(await open.page.locator('#app [href^="javascript:" i], #app [src^="javascript:" i]').count()).toBe(0);
    expect(open.complaints).toEqual([]);
    expect(Object.prototype).not.toHaveProperty('lr');
    await open.page.locator('vscode-toolbar-button[icon="table"]').first().click();
    await open.settle();
    expect(open.host.requests('save-chart')).toHaveLength(1);
    await open.page.context().close();
    close();
  });

  test('a name of a megabyte costs neither the page nor its layout', async () => {
    const { open, close } = await openRun(MEGABYTE);
    const began = performance.now();
    await open.page.locator('.page-header h1').waitFor();
    await open.settle();
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(await open.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    expect(open.complaints).toEqual([]);
    const longest = await open.page.evaluate(() =>
      Math.max(
        ...[...document.querySelectorAll('#app *')].flatMap((element) =>
          [...element.attributes].map(({ value }) => value.length),
        ),
      ),
    );
    expect(longest).toBeLessThan(10_000);
    await open.page.context().close();
    close();
  });

  test.each(Object.entries(HOSTILE))('%s in a checkpoint stays text on its page', async (_name, hostile) => {
    const file = path.join(folder, 'model.safetensors');
    const tensor = (name: string, seed: number) => ({ name, shape: [4, 4], values: noise(16, 1, seed) });
    await writeFile(file, safetensors([tensor(`${hostile}.weight`, 1), tensor(`layers.0.${hostile}`, 2)]));
    const news: CheckpointNews[] = [];
    await doCheckpointTask({ type: 'inspect', path: file }, (each) => news.push(each));
    expect(news.map(({ type }) => type)).toContain('judged');
    const open = await openSimplePage(suite.browser, `${suite.server.url}checkpoint`, news);
    await open.page.locator('[role="treegrid"], [role="grid"], [role="table"], table').first().waitFor();
    await open.settle();
    expect(await open.page.evaluate(() => (globalThis as { taken?: unknown }).taken)).toBeUndefined();
    expect(await open.page.locator('#app img, #app script, #app [onfocus], #app [onmouseover]').count()).toBe(0);
    expect(open.complaints).toEqual([]);
    await open.page.context().close();
  });
});
