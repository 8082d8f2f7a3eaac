/**
 * Pan and zoom over ten million points: the run page itself in Chromium, driven by its own wheel, against uPlot with
 * the same data in the same page, through the same views. The page's host is a worker with the real store.
 */
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, missingBrowser, openPage } from '../webview/harness/browser.js';
import { startPageServer } from '../webview/harness/server.js';
import { POINTS } from './charts/curve.js';
import type { FrameTimes } from './charts/drive.js';
import { LIVE_TAGS, ROW_MS } from './charts/live.js';
import { BOUND_MISSED } from './support/boundMissed.js';

/** From one frame to the next at 60 a second, as the browser rounds it; after a frame that was missed it is 33.3. */
const LIMIT_MS = 17;
const PATIENCE_MS = 180_000;
/** How long frames are watched of a page that is left alone, and of one whose run grows. */
const LIVE_MS = 5000;

const entry = (name: string): string => path.join(__dirname, 'charts', `${name}.ts`);

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

function row(name: string, { script, frame, interval }: FrameTimes): string {
  const numbers = [script, frame, interval].flatMap((times) => [quantile(times, 0.5), quantile(times, 0.95)]);
  return [name.padEnd(10), ...numbers.map((value) => value.toFixed(2).padStart(11))].join('');
}

function ratio(ours: readonly number[], reference: readonly number[], share: number): string {
  return `${(quantile(reference, share) / quantile(ours, share)).toFixed(1)} ×`;
}

async function measure(page: Page): Promise<{ ours: FrameTimes; reference: FrameTimes }> {
  await page.waitForSelector('[data-chart="loss"] canvas', { timeout: PATIENCE_MS });
  await page.waitForFunction(() => !document.body.innerText.includes('Reading the curves'), undefined, {
    timeout: PATIENCE_MS,
  });
  await page.waitForTimeout(500);
  await page.addScriptTag({ url: 'drive.js' });
  const ours = await page.evaluate(() => window.measureEvenkeel());
  const reference = await page.evaluate(() => window.measureReference());
  return { ours, reference };
}

/** Ten charts of a run that grows ten times a second, all in view. */
async function measureLive(browser: Browser, url: string): Promise<string[]> {
  const known = LIVE_TAGS.slice(0, 4);
  const { page, complaints } = await openPage(browser, url, {
    withoutPolicy: true,
    height: 2600,
    state: { run: 'run', axis: 'step', logarithmicY: [], addedSignals: LIVE_TAGS.slice(known.length) },
    hostWorker: `${url}liveWorker.js`,
  });
  await page.waitForFunction((count) => document.querySelectorAll('.chart canvas').length === count, LIVE_TAGS.length);
  await page.addScriptTag({ url: 'drive.js' });
  const points = (): Promise<string | null> =>
    page.locator('[data-chart="loss"] canvas').first().getAttribute('aria-label');
  const before = await points();
  const { idle, live } = await page.evaluate((duration) => window.measureLive(duration), LIVE_MS);
  if ((await points()) === before) {
    throw new Error('the charts did not grow while they were measured');
  }
  const [idleFrame, liveFrame] = [quantile(idle.frame, 0.95), quantile(live.frame, 0.95)];
  const [idleInterval, liveInterval] = [quantile(idle.interval, 0.95), quantile(live.interval, 0.95)];
  console.log(
    `\n${LIVE_TAGS.length} charts in view, each appended to ${1000 / ROW_MS} times a second:\n` +
      `main thread per frame p95 ${liveFrame.toFixed(2)} ms, idle ${idleFrame.toFixed(2)} ms; ` +
      `from frame to frame p95 ${liveInterval.toFixed(1)} ms, idle ${idleInterval.toFixed(1)} ms ` +
      `(${(liveInterval / idleInterval).toFixed(2)} ×)`,
  );
  await page.context().close();
  return [...complaints];
}

async function main(): Promise<void> {
  if (missingBrowser !== undefined) {
    return;
  }
  const server = await startPageServer({
    drive: entry('drive'),
    hostWorker: entry('hostWorker'),
    liveWorker: entry('liveWorker'),
  });
  const browser = await launchBrowser();
  try {
    const { page, complaints } = await openPage(browser, server.url, {
      withoutPolicy: true,
      hostWorker: `${server.url}hostWorker.js`,
    });
    const { ours, reference } = await measure(page);
    console.log(`${POINTS.toLocaleString('en-US')} points, ${ours.frame.length} frames each, milliseconds`);
    console.log(
      [''.padEnd(10), ...['script', 'frame', 'interval'].flatMap((name) => [`${name} p50`, 'p95'])]
        .map((head, index) => (index === 0 ? head : head.padStart(index % 2 === 1 ? 13 : 9)))
        .join(''),
    );
    console.log(row('evenkeel', ours));
    console.log(row('uPlot', reference));
    console.log(
      `uPlot’s frames take ${ratio(ours.frame, reference.frame, 0.5)} the time at the median, ` +
        `${ratio(ours.frame, reference.frame, 0.95)} at p95`,
    );
    const slowest = quantile(ours.interval, 0.95);
    console.log(`from frame to frame p95 ${slowest.toFixed(1)} ms, allowed ${LIMIT_MS} ms`);
    await page.context().close();
    const all = [...complaints, ...(await measureLive(browser, server.url))];
    all.forEach((complaint) => {
      console.error(complaint);
    });
    process.exitCode = all.length > 0 ? 1 : slowest < LIMIT_MS ? 0 : BOUND_MISSED;
  } finally {
    await browser.close();
    await server.close();
  }
}

void main();
