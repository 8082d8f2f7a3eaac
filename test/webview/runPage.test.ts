import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { FromPanel } from '../../src/contract/panelProtocol.js';
import type { RunReport } from '../../src/contract/report.js';
import { afterEach, describe, expect, test } from 'vitest';
import { describePages } from './harness/pages.js';
import { countPixels, openPage } from './harness/browser.js';
import type { OpenOptions, OpenPage } from './harness/browser.js';
import { CORPUS, logEngine, missingCorpus, openCorpusRun } from './harness/corpusRuns.js';
import { finding, NO_WARMUP, RunBuilder, seededNoise, spikingRun } from './harness/runs.js';
import { RESULTS } from './harness/server.js';
import { THEMES } from './harness/themes.js';
import { seriousViolations } from './harness/accessibility.js';

/** The dark theme's series colour and its red, as RGB. */
const BLUE = [0x37, 0x94, 0xff] as const;
const LIGHT_BLUE = [0x1a, 0x85, 0xff] as const;
const RED = [0xf1, 0x4c, 0x4c] as const;

describePages('run page', (suite) => {
  let open: OpenPage;

  afterEach(async () => {
    await open.page.context().close();
    expect(open.complaints).toEqual([]);
  });

  async function show(options: OpenOptions, picture?: string): Promise<void> {
    open = await openPage(suite.browser, suite.server.url, options);
    await open.settle();
    if (picture) {
      await open.screenshot(picture);
    }
  }

  const text = (selector: string) => open.page.locator(selector).innerText();
  const spiking = spikingRun();
  const spikingReport = { findings: [finding({}), NO_WARMUP], status: 'live', totalSteps: 20_000 } as const;

  test.each(THEMES.map(({ name }) => name))('tells the story of a spike in %s', async (theme) => {
    await show({ run: spiking.build(spikingReport), theme, height: 1500 }, `spike-${theme}`);
    expect(await text('.finding.open .finding-name')).toBe('Gradient spike, then divergence');
    expect(await text('.finding.open .story')).toContain('What else it could be');
    expect(await open.page.locator('.finding').count()).toBe(2);
  });

  test('a run of one point', async () => {
    const run = new RunBuilder().log('loss', 0, 2.31).build();
    await show({ run }, 'one-point');
    expect(await text('.legend-value')).toBe('2.31');
    expect(await countPixels(open.page, 'loss', BLUE, [0.3, 0.8])).toBeGreaterThan(8);
  });

  test('a spike of one step among ten million points is drawn at full height', async () => {
    const noise = seededNoise(1);
    const run = new RunBuilder(0, 0.001);
    for (let step = 0; step < 10_000_000; step++) {
      run.log('loss', step, step === 6_543_210 ? 9 : 2 + noise() * 0.1);
    }
    await show({ run: run.build() }, 'ten-million');
    expect(await countPixels(open.page, 'loss', BLUE, [0.64, 0.69])).toBeGreaterThan(120);
  });

  test.each(THEMES.map(({ name }) => name))('compares runs at the same step in %s', async (theme) => {
    const [other, longName] = [0.4, 0.8].map((offset) => {
      const noise = seededNoise(offset);
      const run = new RunBuilder();
      for (let step = 0; step < 3000; step++) {
        run.log('train/loss', step, 6 + offset + noise() * 0.2 - step / 1000);
      }
      return run;
    });
    const others = new Map([
      ['b', other!.build({ name: 'baseline' })],
      ['c', longName!.build({ name: 'a run with quite a long name · seed 17 · lr 3e-4 (runs/older)' })],
      ['d', new RunBuilder().build({ name: 'empty' })],
    ]);
    const state = {
      run: 'run',
      axis: 'step',
      logarithmicY: [],
      comparedRuns: [
        { id: 'c', name: others.get('c')!.report.name },
        { id: 'gone', name: 'deleted run' },
      ],
    } as const;
    await show({ run: spiking.build(spikingReport), others, theme, state });
    await open.page.locator('.compare-with').click();
    await open.page.getByRole('option', { name: 'baseline' }).click();
    await open.settle();
    await open.screenshot(`compare-${theme}`);
    expect(await text('.comparison')).toContain('deleted run can’t be compared with: its files are gone');
    expect(await text('.comparison caption')).toBe('At step 2,999');
    const cells = open.page.locator('.comparison tbody tr').first().locator('td');
    expect(await cells.nth(3).innerText()).toMatch(/^3\.\d+ [+−]/);
    expect(await text('[data-chart="loss"] .legend')).toContain('train/loss of baseline');
    expect((await open.keptState())?.comparedRuns?.map(({ id }) => id)).toEqual(['c', 'gone', 'b']);
    await open.page.getByRole('button', { name: 'Stop comparing with baseline' }).click();
    await open.settle();
    expect(await text('[data-chart="loss"] .legend')).not.toContain('baseline');
    await open.page.setViewportSize({ width: 400, height: 900 });
    await open.settle();
    await open.screenshot(`compare-narrow-${theme}`);
    const overflow = await open.page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    expect(overflow).toBe(false);
  });

  test('comparing has no serious accessibility violations', async () => {
    const configuration = { lr: 3e-4, seed: 3, 'model.name': 'gpt-small', schedule: 'cosine' };
    const others = new Map([['b', spiking.build({ name: 'baseline', configuration: { ...configuration, lr: 1e-4 } })]]);
    const state = {
      run: 'run',
      axis: 'step',
      logarithmicY: [],
      comparedRuns: [{ id: 'b', name: 'baseline' }],
    } as const;
    const run = spiking.build({ ...spikingReport, configuration });
    await show({ run, others, state, withoutPolicy: true }, 'compare-settings');
    expect(await text('.comparison')).toMatch(/A setting differs\s+lr\s+0.0003\s+0.0001/);
    expect(await seriousViolations(open.page)).toEqual([]);
  });

  test('a chart is saved as a picture and as a table', async () => {
    const run = new RunBuilder();
    [3, 2.5, NaN, 2].forEach((value, step) => run.log('loss', step, value));
    await show({ run: run.build({ name: '=1+1' }) });
    const chart = open.page.locator('[data-chart="loss"]');
    await chart.getByRole('button', { name: /PNG/ }).click();
    await chart.getByRole('button', { name: /CSV/ }).click();
    await open.settle();
    const saved = open.host.received.filter((message) => message.type === 'save-chart');
    expect(saved.map(({ name, format }) => [name, format])).toEqual([
      ['=1+1 Loss', 'png'],
      ['=1+1 Loss', 'csv'],
    ]);
    await writeFile(path.join(RESULTS, 'saved-chart.png'), saved[0]!.content);
    expect([...saved[0]!.content.subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
    expect(new TextDecoder().decode(saved[1]!.content).split('\n')).toEqual([
      'run,signal,from,to,minimum,maximum,last,segment,overwritten',
      "'=1+1,loss,0,0,3,3,3,0,0",
      "'=1+1,loss,1,1,2.5,2.5,2.5,0,0",
      "'=1+1,loss,3,3,2,2,2,0,0",
      "'=1+1,loss,2,2,NaN,NaN,NaN,,",
      '',
    ]);
  });

  test('the axis counts epochs where the run logs them', async () => {
    const run = new RunBuilder();
    for (let step = 0; step <= 1000; step++) {
      run.log('loss', step, 5 - step / 300).log('epoch', step, step / 250);
    }
    await show({ run: run.build() });
    await open.page.locator('#axis').click();
    expect(await open.page.getByRole('option', { name: 'Tokens' }).count()).toBe(0);
    await open.page.getByRole('option', { name: 'Epoch' }).click();
    await open.settle();
    const plot = (await open.page.locator('[data-chart="loss"] .plot').boundingBox())!;
    await open.page.mouse.move(plot.x + plot.width / 2, plot.y + 50);
    await open.screenshot('epochs');
    const label = await text('[data-chart="loss"] .crosshair-label');
    const [, epoch, step] = /^epoch ([\d.]+) \(step (\d+)\)$/.exec(label) ?? [];
    expect(Number(epoch)).toBeCloseTo(Number(step) / 250, 2);
    expect(await open.keptState()).toMatchObject({ axis: 'step', stepScale: 'epoch' });
  });

  test.each(['dark', 'light'] as const)('a logarithmic axis of steps shows every decade in %s', async (theme) => {
    const noise = seededNoise(7);
    const run = new RunBuilder();
    for (let step = 0; step < 200_000; step++) {
      run.log('train/loss', step, step === 40 ? 14 : step === 60 ? NaN : 11 / (1 + step / 30) ** 0.25 + noise() * 0.2);
    }
    await show({ run: run.build(), theme });
    await open.page.locator('.chart-pane').focus();
    await open.page.keyboard.press('x');
    await open.settle();
    await open.screenshot(`logarithmic-x-${theme}`);
    expect(await open.page.locator('.chart-toolbar .toggle').getAttribute('aria-pressed')).toBe('true');
    expect((await open.keptState())?.logarithmicX).toBe(true);
    expect(await text('.chart-notes')).toContain('Steps of 0 and below stand at the left edge');
    // The spike of one step, of which a linear axis has 256 in its first column.
    const colour = theme === 'dark' ? BLUE : LIGHT_BLUE;
    expect(await countPixels(open.page, 'loss', colour, [0.37, 0.39])).toBeGreaterThan(40);
    await open.page.keyboard.press('+');
    await expect.poll(() => text('.in-view')).toMatch(/^steps /);
    await open.settle();
    await open.screenshot(`logarithmic-x-zoomed-${theme}`);
    await open.page.keyboard.press('0');
    const plot = (await open.page.locator('[data-chart="loss"] .plot').boundingBox())!;
    await open.page.mouse.move(plot.x + 64 + (plot.width - 86) / 2, plot.y + 60);
    await expect.poll(() => text('.crosshair-label')).toBe('step 316');
  });

  test('times of day have no logarithmic axis, times since the start have', async () => {
    const state = { run: 'run', axis: 'wall-time', logarithmicX: true, logarithmicY: [] } as const;
    await show({ run: spiking.build(), state });
    const toggle = open.page.locator('.chart-toolbar .toggle');
    expect(await toggle.isDisabled()).toBe(true);
    expect(await toggle.getAttribute('aria-pressed')).toBe('false');
    await open.page.context().close();
    await show({ run: spiking.build(), state: { ...state, axis: 'relative-time' } }, 'logarithmic-time');
    expect(await text('[data-chart="loss"] .chart-notes')).toContain('at the very start');
  });

  test.each(THEMES.map(({ name }) => name))('smoothing is drawn over what was logged in %s', async (theme) => {
    const noise = seededNoise(5);
    const run = new RunBuilder();
    for (let step = 0; step < 5000; step++) {
      const isBad = step === 2000 || step === 3500;
      run.log('train/loss', step, isBad ? (step === 2000 ? NaN : 12) : 3 + 4 * Math.exp(-step / 800) + noise() * 2);
    }
    await show({ run: run.build(), theme });
    expect(await open.page.locator('.legend-smoothed').count()).toBe(0);
    const slider = open.page.locator('.smoothing input');
    await slider.fill('0.95');
    await expect.poll(() => text('.smoothing output')).toBe('0.95');
    await open.settle();
    await open.screenshot(`smoothed-${theme}`);
    expect(await text('.legend-smoothed')).toMatch(/^smoothed \d/);
    expect((await open.keptState())?.smoothing).toBe(0.95);
    const plot = (await open.page.locator('[data-chart="loss"] .plot').boundingBox())!;
    await open.page.mouse.move(plot.x + 64 + ((plot.width - 86) * 3500) / 4999, plot.y + 60);
    await expect.poll(() => text('.legend-value')).toContain('12');
    await open.page.locator('[data-chart="loss"] vscode-toolbar-button[icon="table"]').click();
    await expect.poll(() => open.host.requests('save-chart').length).toBe(1);
    const [saved] = open.host.requests('save-chart') as (FromPanel & { type: 'save-chart' })[];
    const rows = new TextDecoder().decode(saved!.content).split('\n');
    expect(rows.find((row) => row.includes(',3500,3500,'))).toContain('12,12,12');
    expect(rows.join()).not.toContain('smoothed');
    await slider.fill('0');
    await expect.poll(() => open.page.locator('.legend-smoothed').count()).toBe(0);
  });

  test('a run of nothing but NaN shows where they are', async () => {
    const run = new RunBuilder();
    for (let step = 0; step < 400; step++) {
      run.log('loss', step, NaN).log('grad_norm', step, step < 200 ? 1 + step / 100 : step % 2 ? Infinity : -Infinity);
    }
    await show({ run: run.build() }, 'nan-only');
    expect(await countPixels(open.page, 'loss', RED)).toBeGreaterThan(200);
    expect(await text('[data-chart="loss"] .chart-notes')).toContain('400 values of loss are NaN or infinite');
  });

  test('long names give way', async () => {
    const long = 'experiment-with-a-name-that-goes-on-'.repeat(6);
    const run = new RunBuilder();
    for (let step = 0; step < 100; step++) {
      run.log(`train/${'deeply/nested/'.repeat(8)}loss`, step, 1 / (step + 1)).log(`${long}/lr`, step, 1e-4);
    }
    await show({ run: run.build({ name: long, findings: [finding({ title: long })] }), width: 900 }, 'long-names');
    expect(await open.page.evaluate(() => document.documentElement.scrollWidth)).toBe(900);
    expect(await open.page.locator('h1').getAttribute('title')).toBe(long);
  });

  test.each([
    [400, 900],
    [560, 700],
    [760, 620],
    [1280, 600],
  ])('what to do is seen without scrolling at %d × %d', async (width, height) => {
    await show({ run: spiking.build(spikingReport), width, height }, `what-to-do-${width}`);
    const fix = (await open.page.locator('[data-fix="clip-gradients"]').boundingBox())!;
    const pane = (await open.page.locator('.story-pane').boundingBox())!;
    expect(fix.y + fix.height).toBeLessThanOrEqual(Math.min(height, pane.y + pane.height));
    const headings = await open.page.locator('.finding.open h3').allInnerTexts();
    expect(headings.slice(0, 3)).toEqual(['What happened', 'What to do', 'Why we think so']);
  });

  test('a long configuration is searched, what else was logged is listed', async () => {
    const settings = Array.from({ length: 300 }, (_, index) => [`model.block${index}.width`, 64 + index] as const);
    const configuration = { ...Object.fromEntries(settings), 'optim.lr': 3e-4, optimizer: 'AdamW', seed: 7 };
    const skipped = [
      { kind: 'histogram', tag: 'weights/h.0', count: 40 },
      { kind: 'histogram', tag: 'weights/h.1', count: 40 },
      { kind: 'image', tag: 'samples', count: 3 },
      { kind: 'text', tag: 'prompts', count: 1 },
    ] as const;
    await show({ run: healthyRun().build({ configuration, skipped }), height: 1400 });
    await open.page.locator('summary', { hasText: 'Configuration' }).click();
    await open.page.locator('summary', { hasText: 'Logged, but no curve' }).click();
    await open.screenshot('configuration');
    expect(await open.page.locator('.settings.telling dt').allInnerTexts()).toEqual(['optim.lr', 'optimizer', 'seed']);
    expect(await open.page.locator('.settings dt').count()).toBe(200);
    await open.page.locator('.settings-search').fill('block299');
    await expect.poll(() => open.page.locator('.settings dt').allInnerTexts()).toEqual(['model.block299.width']);
    await open.page.locator('.settings-search').fill('nothing like it');
    await expect.poll(() => text('.fold-content .muted')).toContain('nothing like it');
    expect(await open.page.locator('.skipped strong').allInnerTexts()).toEqual(['80 histograms', '3 images', '1 text']);
    expect(await text('.skipped')).toContain('weights/h.1');
  });

  test('fits a column of 400 pixels', async () => {
    await show({ run: spiking.build(spikingReport), width: 400, height: 1100 }, 'narrow');
    expect(await open.page.evaluate(() => document.documentElement.scrollWidth)).toBe(400);
  });

  test('a healthy run says how much was checked', async () => {
    await show({ run: healthyRun().build() }, 'healthy');
    expect(await text('.calm')).toContain('Nothing wrong in 7 checks');
    expect(await text('.not-evaluated')).toContain('Run with the hook');
  });

  test('twelve findings stay a list', async () => {
    const findings = Array.from({ length: 12 }, (_, index) =>
      finding({
        id: `finding ${index}`,
        title: `Finding number ${index + 1}`,
        severity: index < 3 ? 'error' : index < 8 ? 'warning' : 'info',
        fromStep: index * 400,
        toStep: index * 400 + 300,
        open: false,
      }),
    );
    await show({ run: spiking.build({ findings }) }, 'twelve-findings');
    expect(await open.page.locator('.finding').count()).toBe(12);
    expect(await open.page.locator('.story').count()).toBe(1);
    await open.page.locator('[data-finding="finding 4"]').click();
    await open.page.locator('.finding.open .finding-name', { hasText: 'Finding number 5' }).waitFor();
    expect(await open.page.locator('.finding.open').count()).toBe(1);
    expect((await open.keptState())?.selectedFinding).toBe('finding 4');
  });

  test('segments of a resumed run are told apart', async () => {
    await show({ run: resumedRun().build({ segments: 3 }) }, 'segments');
    expect(await text('.facts')).toContain('resumed 2 times');
  });

  test('evidence moves the charts to its step', async () => {
    await show({ run: spiking.build(spikingReport) });
    await open.page.locator('.evidence-row').first().click();
    await open.settle();
    await open.screenshot('evidence');
    expect(await text('.in-view')).toBe('steps 3,910 to 4,510');
    expect(await text('[data-chart="gradient-norm"] .legend-value')).toBe('33.21');
    const finer = open.host.requests('envelope').filter((message) => 'from' in message);
    expect(finer.length).toBeGreaterThan(0);
  });

  test('zooms by drag, wheel and keys, on all charts at once', async () => {
    await show({ run: spiking.build(spikingReport) });
    const plot = (await open.page.locator('[data-chart="loss"] .plot').boundingBox())!;
    await open.page.mouse.move(plot.x + 300, plot.y + 60);
    await open.page.mouse.down();
    await open.page.mouse.move(plot.x + 500, plot.y + 80, { steps: 4 });
    await open.screenshot('dragging');
    await open.page.mouse.up();
    await expect.poll(() => text('.in-view')).toMatch(/^steps /);
    const zoomed = await text('.in-view');
    await open.settle();
    await open.screenshot('zoomed');
    await open.page.keyboard.down('Control');
    await open.page.mouse.wheel(0, -200);
    await open.page.keyboard.up('Control');
    await expect.poll(() => text('.in-view')).not.toBe(zoomed);
    await open.page.locator('.chart-pane').focus();
    await open.page.keyboard.press('0');
    await expect.poll(() => text('.in-view')).toBe('');
    await open.page.keyboard.press('+');
    await expect.poll(() => text('.in-view')).not.toBe('');
    const before = await text('.in-view');
    await open.page.keyboard.press('ArrowRight');
    await expect.poll(() => text('.in-view')).not.toBe(before);
  });

  test.each(['wall-time', 'relative-time'] as const)('findings are placed on the axis %s', async (axis) => {
    const state = { run: 'run', axis, logarithmicY: [] };
    await show({ run: spiking.build(spikingReport), state }, axis);
    expect(await countPixels(open.page, 'learning-rate', RED, [0.82, 0.87])).toBeGreaterThan(30);
  });

  test('other signals can be added and taken off again', async () => {
    await show({ run: healthyRun().build() });
    await open.page.locator('.add-chart').click();
    await open.page.getByText('gpu/0/memory').last().click();
    const added = open.page.locator('[data-chart="signal gpu/0/memory"]');
    await added.waitFor();
    await open.settle();
    await open.screenshot('added');
    expect((await open.keptState())?.addedSignals).toEqual(['gpu/0/memory']);
    expect(await open.page.locator('.add-chart').count()).toBe(0);
    await added.locator('vscode-toolbar-button[icon="close"]').click();
    await expect.poll(() => added.count()).toBe(0);
  });

  test('a click on a band opens its finding, a logarithmic axis can be switched', async () => {
    await show({ run: spiking.build({ findings: [NO_WARMUP, finding({})] }) });
    const plot = (await open.page.locator('[data-chart="learning-rate"] .plot').boundingBox())!;
    await open.page.mouse.click(plot.x + plot.width * 0.92, plot.y + 60);
    await expect.poll(() => text('.finding.open .finding-name')).toBe('Gradient spike, then divergence');
    await open.page.locator('[data-chart="loss"] .toggle').click();
    await expect.poll(async () => (await open.keptState())?.logarithmicY).toEqual(['loss']);
    await open.settle();
    await open.screenshot('logarithmic');
  });

  test('fixes ask the host; without trust they can’t, and say why', async () => {
    await show({ run: spiking.build(spikingReport) });
    await open.page.locator('[data-fix="clip-gradients"]').click();
    expect(open.host.requests('apply-fix')).toEqual([
      { type: 'apply-fix', fix: 'clip-gradients', finding: finding({}).id },
    ]);
    await open.page.context().close();
    await show({ run: spiking.build(spikingReport), trusted: false }, 'restricted');
    await open.page.locator('[data-fix="clip-gradients"]').click({ force: true });
    expect(open.host.requests('apply-fix')).toEqual([]);
    expect(await text('.story')).toContain('Restricted Mode');
  });

  test('a curve that can’t be had says so and can be tried again', async () => {
    const failing = new Map([['train/loss', 'the engine was restarted']]);
    await show({ run: spiking.build(spikingReport), failing }, 'curve-failed');
    expect(await text('[data-chart="loss"] .plot-message')).toContain('the engine was restarted');
    open.host.failing.clear();
    await open.page.locator('[data-chart="loss"] .plot-message button').click();
    await expect.poll(() => open.page.locator('[data-chart="loss"] .plot-message').count()).toBe(0);
  });

  test('loading, failed and empty are designed states', async () => {
    await show({}, 'loading');
    expect(await text('[role="status"]')).toContain('Reading the run');
    await open.send({ type: 'report-failed', message: 'The file is gone: /home/me/runs/a.jsonl' });
    await open.page.locator('.empty').waitFor();
    await open.screenshot('failed');
    expect(await text('.empty')).toContain('The file is gone');
    await open.page.locator('.empty vscode-button').click();
    expect(await text('[role="status"]')).toContain('Reading the run');
    expect(open.host.requests('ready').length).toBe(2);
    open.host.run = new RunBuilder().build({
      evaluated: [],
      status: 'live',
      problems: [{ path: '/runs/a.jsonl', offset: 12, message: 'line 1 is not JSON', remedy: 'Mend or delete it.' }],
    });
    await open.host.sendReport();
    await open.page.locator('.chart-pane .empty').waitFor();
    await open.screenshot('empty');
    expect(await text('.calm')).toContain('Not judged yet');
  });

  test('a live run grows without a flicker of its story', async () => {
    const run = healthyRun();
    await show({ run: run.build({ status: 'live', totalSteps: 4000 }) });
    for (let step = 2000; step < 2040; step += 2) {
      run.log('train/loss', step, 2).log('train/grad_norm', step, 1);
      open.host.run = run.build({ status: 'live', totalSteps: 4000 });
      await open.host.sendReport();
      await open.page.waitForTimeout(60);
    }
    await open.settle();
    await open.screenshot('live');
    expect(await text('.facts')).toContain('step 2,038 of 4,000');
    expect(await text('[data-chart="loss"] .legend-value >> nth=0')).toBe('2');
  });

  test.each(THEMES.map(({ name }) => name))('has no serious accessibility violations in %s', async (theme) => {
    await show({ run: spiking.build({ ...spikingReport, ...everyDetail() }), theme, withoutPolicy: true });
    await open.page.evaluate(() => {
      document.querySelectorAll('details').forEach((details) => (details.open = true));
    });
    expect(await seriousViolations(open.page)).toEqual([]);
  });

  test('ten live charts do not fall behind ten updates a second', async () => {
    const run = manyCharts(20_000);
    const added = Array.from({ length: 6 }, (_, index) => `other/${index}`);
    const state = { run: 'run', axis: 'step', logarithmicY: [], addedSignals: added } as const;
    await show({ run: run.build({ status: 'live' }), state, height: 2600 });
    const frames = open.page.evaluate(measureFrames, 3000);
    for (let update = 0; update < 30; update++) {
      logManyCharts(run, 20_000 + update, 20_001 + update);
      open.host.run = run.build({ status: 'live' });
      await open.host.sendReport();
      await open.page.waitForTimeout(90);
    }
    const { median, worst } = await frames;
    await open.settle();
    await open.screenshot('ten-charts');
    console.log(
      `ten live charts: frames of ${median.toFixed(1)} ms in the middle, ${worst.toFixed(1)} ms at the 95th percentile`,
    );
    expect(await open.page.locator('.chart').count()).toBe(10);
    const asked = open.host.requests('envelope').length;
    expect(asked).toBeLessThan(10 * 30 + 100);
    await expect.poll(() => text('.facts')).toContain('step 20,029');
  });

  describe.skipIf(missingCorpus !== undefined)(`real runs of ${CORPUS}`, () => {
    test.each([
      ['spike', 'series/logs_jsonl/mmdet/fe1472e_retinanet_free_anchor_swx/20210311_173115.log.json'],
      ['nan', 'series/logs_jsonl/mmdet/2c1a033_atss_r50_fpn_swx/20210313_194611.log.json'],
      [
        'diverged',
        'series/trainer_state/MUDMAN/2ad88e/circuit_breakers/out/pythia-14m/checkpoint-150/trainer_state.json',
      ],
      ['nanogpt', 'series/text_logs/modded-nanogpt/logs/fineweb10B_hyp_attn_k1._lr10._seed0.txt'],
    ])('%s', async (name, file) => {
      const engine = logEngine();
      try {
        const run = await openCorpusRun(engine, file);
        await show({ run }, `real-${name}`);
        expect(await open.page.locator('.chart').count()).toBeGreaterThan(0);
        expect(await open.page.locator('.plot-message').count()).toBe(0);
      } finally {
        engine.dispose();
      }
    });
  });

  test('a zoom at the newest step moves on with a live run', async () => {
    const run = healthyRun();
    await show({ run: run.build({ status: 'live' }) });
    await open.page.locator('.chart-pane').focus();
    await open.page.keyboard.press('+');
    await open.page.keyboard.press('End');
    await expect.poll(() => text('.in-view')).toBe('steps 600 to 1,999, following');
    for (let step = 2000; step < 2100; step++) {
      run.log('train/loss', step, 2);
    }
    open.host.run = run.build({ status: 'live', reading: true });
    await open.host.sendReport();
    await expect.poll(() => text('.in-view')).toBe('steps 700 to 2,099, following');
    await open.page.keyboard.press('Home');
    await expect.poll(() => text('.in-view')).toMatch(/^steps 0 to 1,(399|400)$/);
    await open.page.locator('.zoom-tools button', { hasText: 'Follow' }).click();
    await expect.poll(() => text('.in-view')).toBe('steps 700 to 2,099, following');
    expect(await text('.banner')).toContain('Still reading');
    await open.settle();
    await open.screenshot('reading');
  });

  test('nothing from a log becomes markup', async () => {
    const hostile = '<img src=x onerror=alert(1)><script>alert(2)</script>';
    const run = new RunBuilder().log(hostile, 0, 1).log(hostile, 1, 2);
    const report = {
      name: hostile,
      findings: [finding({ title: hostile, explanation: hostile, otherCauses: [hostile] })],
      configuration: { [hostile]: hostile, ['__proto__x']: 1 },
      problems: [{ path: hostile, offset: 0, message: hostile, remedy: hostile }],
    };
    await show({ run: run.build(report) }, 'hostile');
    expect(await open.page.locator('img, #app script').count()).toBe(0);
    expect(await text('h1')).toBe(hostile);
  });
});

function healthyRun(): RunBuilder {
  const noise = seededNoise(7);
  const run = new RunBuilder();
  for (let step = 0; step < 2000; step++) {
    run.log('train/loss', step, 2.2 + 6 * Math.exp(-step / 300) + (noise() - 0.5) * 0.2);
    run.log('train/grad_norm', step, 0.8 + noise() * 0.3);
    run.log('lr', step, step < 200 ? (step / 200) * 3e-4 : 3e-4);
    run.log('gpu/0/memory', step, 71.2 + noise());
    if (step % 200 === 0) {
      run.log('eval/loss', step, 2.4 + 6 * Math.exp(-step / 300));
    }
  }
  return run;
}

/** Stopped at 600 and resumed from 500, stopped at 900 and resumed from 800. */
function resumedRun(): RunBuilder {
  const noise = seededNoise(5);
  const run = new RunBuilder();
  const train = (from: number, to: number, offset: number) => {
    for (let step = from; step < to; step++) {
      run.log('train/loss', step, 2 + 4 * Math.exp(-step / 200) + noise() * 0.1 + offset);
      run.log('train/grad_norm', step, 1 + noise() * 0.2);
    }
  };
  train(0, 600, 0);
  train(500, 900, 0.25);
  train(800, 1300, 0);
  return run;
}

/** What a report can hold besides findings. */
function everyDetail(): Partial<RunReport> {
  return {
    problems: [{ path: '/runs/a.jsonl', offset: 12, message: 'line 1 is not JSON', remedy: 'Mend or delete it.' }],
    skipped: [{ kind: 'histogram', tag: 'weights', count: 12 }],
    configuration: { learning_rate: 3e-4, optimizer: 'AdamW', betas: [0.9, 0.95] },
  };
}

const FOUR_ROLES = ['train/loss', 'grad_norm', 'lr', 'eval/accuracy'];

function manyCharts(steps: number): RunBuilder {
  const run = new RunBuilder();
  logManyCharts(run, 0, steps);
  return run;
}

function logManyCharts(run: RunBuilder, from: number, to: number): void {
  const noise = seededNoise(from);
  const tags = [...FOUR_ROLES, ...Array.from({ length: 6 }, (_, index) => `other/${index}`)];
  for (let step = from; step < to; step++) {
    for (const tag of tags) {
      run.log(tag, step, 1 + noise());
    }
  }
}

/** Runs in the page: how far its frames are apart. */
async function measureFrames(milliseconds: number): Promise<{ median: number; worst: number }> {
  const gaps: number[] = [];
  let last = performance.now();
  const end = last + milliseconds;
  while (last < end) {
    const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
    gaps.push(now - last);
    last = now;
  }
  gaps.sort((a, b) => a - b);
  return { median: gaps[Math.floor(gaps.length / 2)]!, worst: gaps[Math.floor(gaps.length * 0.95)]! };
}
