import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { ensureChromium, openBrowser } from '../../../scripts/editor/browser.mjs';
import type { PanelState, ToPanel } from '../../../src/contract/panelProtocol.js';
import type { RunCheckpoint } from '../../../src/model/runCheckpoint.js';
import { FakeHost } from './fakeHost.js';
import type { FakeRun } from './fakeHost.js';
import { RESULTS } from './server.js';
import { themeNamed } from './themes.js';
import type { Theme } from './themes.js';

const found = ensureChromium(console.log);

/** Why these tests can't run here; undefined when they can. */
export const missingBrowser: string | undefined = 'missing' in found ? found.missing : undefined;

if (missingBrowser !== undefined) {
  console.log(`skipped: run page: ${missingBrowser}`);
}

export function launchBrowser(): Promise<Browser> {
  if ('missing' in found) {
    throw new Error(found.missing);
  }
  return openBrowser(found.executable);
}

/** An address that no server has: what is asked for there never leaves the browser. */
const DOCUMENT = 'http://document.invalid/';

export interface PageOptions {
  readonly theme?: Theme['name'];
  /** Of the window, in pixels of the screen. */
  readonly width?: number;
  readonly height?: number;
  /** 2: everything is twice as large, and half as much room is left. */
  readonly zoom?: number;
  /** Lets things move, which most of the tests have no time for. */
  readonly motion?: boolean;
  readonly state?: PanelState;
  /** For tools that put their own styles or scripts into the page. */
  readonly withoutPolicy?: boolean;
  /** Address of a worker that stands in for the host, so that what it sends costs the page what the editor's does. */
  readonly hostWorker?: string;
}

export interface OpenOptions extends PageOptions {
  readonly run?: FakeRun | undefined;
  /** Runs to compare with, by their ids. */
  readonly others?: ReadonlyMap<string, FakeRun>;
  readonly checkpoints?: readonly RunCheckpoint[];
  readonly trusted?: boolean;
  readonly failing?: ReadonlyMap<string, string>;
}

/** The run page in a browser, with a host behind it. */
export interface OpenPage {
  readonly page: Page;
  readonly host: FakeHost;
  /** What the console, the page and its policy complained about. */
  readonly complaints: readonly string[];
  send(message: ToPanel): Promise<void>;
  /** Waits until nothing is asked, answered or drawn any more. */
  settle(): Promise<void>;
  screenshot(name: string): Promise<Buffer>;
  keptState(): Promise<PanelState | undefined>;
}

declare global {
  interface Window {
    hostReceive(message: unknown): Promise<void>;
    keptState: PanelState | undefined;
  }
}

export async function openPage(browser: Browser, url: string, options: OpenOptions = {}): Promise<OpenPage> {
  const { page, complaints, send, goTo } = await newPage(browser, options, (message) => host.receive(message));
  const host = new FakeHost(send);
  host.run = options.run;
  host.others = options.others ?? new Map();
  host.checkpoints = options.checkpoints ?? [];
  host.trusted = options.trusted ?? true;
  host.failing = new Map(options.failing);
  await goTo(url);
  return {
    page,
    host,
    complaints,
    send,
    settle: () => settle(page, () => host.received.length),
    screenshot: async (name) => page.screenshot({ path: path.join(RESULTS, `${name}.png`) }),
    keptState: () => page.evaluate(() => window.keptState),
  };
}

export interface SimplePage {
  readonly page: Page;
  /** What the console, the page and its policy complained about. */
  readonly complaints: readonly string[];
  /** What the page said. */
  readonly received: readonly unknown[];
  settle(): Promise<void>;
  screenshot(name: string): Promise<Buffer>;
}

/** A page that tells its host when it is ready and is then told everything at once. @param news messages of its host. */
export async function openSimplePage(
  browser: Browser,
  url: string,
  news: readonly object[],
  options: PageOptions = {},
): Promise<SimplePage> {
  const received: unknown[] = [];
  const { page, complaints, send, goTo } = await newPage(browser, options, async (message) => {
    received.push(message);
    if ((message as { type?: unknown }).type === 'ready') {
      for (const each of news) {
        await send(each);
      }
    }
  });
  await goTo(url);
  return {
    page,
    complaints,
    received,
    settle: () => settle(page, () => received.length),
    screenshot: async (name) => page.screenshot({ path: path.join(RESULTS, `${name}.png`) }),
  };
}

/** A page without scripts, as the host sets it: a whole document. */
export async function openDocument(browser: Browser, html: string, options: PageOptions = {}): Promise<SimplePage> {
  const { page, complaints, goTo } = await newPage(browser, options, () => Promise.resolve());
  await page.route(DOCUMENT, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body: html }));
  await goTo(DOCUMENT);
  return {
    page,
    complaints,
    received: [],
    settle: () => settle(page, () => 0),
    screenshot: async (name) => page.screenshot({ path: path.join(RESULTS, `${name}.png`) }),
  };
}

interface NewPage {
  readonly page: Page;
  readonly complaints: readonly string[];
  send(message: object): Promise<void>;
  goTo(url: string): Promise<void>;
}

async function newPage(
  browser: Browser,
  options: PageOptions,
  receive: (message: unknown) => Promise<void>,
): Promise<NewPage> {
  const zoom = options.zoom ?? 1;
  const context = await browser.newContext({
    viewport: {
      width: Math.round((options.width ?? 1280) / zoom),
      height: Math.round((options.height ?? 900) / zoom),
    },
    deviceScaleFactor: zoom,
    reducedMotion: options.motion === true ? 'no-preference' : 'reduce',
    bypassCSP: options.withoutPolicy ?? false,
    locale: 'en-US',
    timezoneId: 'UTC',
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const send = async (message: object): Promise<void> => {
    await page.evaluate((data: unknown) => {
      window.postMessage(data, '*');
    }, message as unknown);
  };
  await page.exposeFunction('hostReceive', receive);
  // Where tsx runs this file, functions that are sent into the page call this helper of esbuild's.
  await page.addInitScript('globalThis.__name ??= (value) => value');
  await page.addInitScript(prepareEditor, {
    theme: themeNamed(options.theme ?? 'dark'),
    state: options.state,
    hostWorker: options.hostWorker,
  });
  return {
    page,
    complaints,
    send,
    goTo: async (url) => {
      await page.goto(url);
    },
  };
}

/** How many pixels of a chart's canvas have about this colour, inside a part of its width (0 to 1). */
export function countPixels(
  page: Page,
  chart: string,
  colour: readonly [red: number, green: number, blue: number],
  part: readonly [from: number, to: number] = [0, 1],
): Promise<number> {
  return page.evaluate(
    ({ chart, colour, part }) => {
      const canvas = document.querySelector<HTMLCanvasElement>(`[data-chart="${chart}"] canvas`)!;
      const left = Math.floor(canvas.width * part[0]);
      const width = Math.floor(canvas.width * part[1]) - left;
      const { data } = canvas.getContext('2d')!.getImageData(left, 0, width, canvas.height);
      let count = 0;
      for (let at = 0; at < data.length; at += 4) {
        const near = colour.every((channel, index) => Math.abs(channel - data[at + index]!) < 24);
        count += near && data[at + 3]! > 200 ? 1 : 0;
      }
      return count;
    },
    { chart, colour, part },
  );
}

async function settle(page: Page, received: () => number): Promise<void> {
  let before = -1;
  while (before !== received()) {
    before = received();
    await page.waitForTimeout(250);
  }
}

interface Preparation {
  readonly theme: Theme;
  readonly state: PanelState | undefined;
  readonly hostWorker: string | undefined;
}

/** Runs in the page before its script: what the editor puts there. */
export function prepareEditor({ theme, state, hostWorker }: Preparation): void {
  window.keptState = state;
  const worker = hostWorker === undefined ? undefined : new Worker(hostWorker);
  worker?.addEventListener('message', ({ data }: MessageEvent<ToPanel>) => {
    window.postMessage(data, '*');
  });
  const api = {
    postMessage: (message: unknown) => {
      if (worker) {
        worker.postMessage(message);
      } else {
        void window.hostReceive(message);
      }
    },
    getState: () => window.keptState,
    setState: (next: PanelState) => {
      window.keptState = next;
    },
  };
  Object.assign(window, { acquireVsCodeApi: () => api });
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
    console.error(`policy: ${violatedDirective} ${blockedURI} ${sample}`);
  });
  const dress = (): void => {
    document.body.className = theme.bodyClass;
    for (const [name, value] of Object.entries(theme.tokens)) {
      document.documentElement.style.setProperty(`--vscode-${name}`, value);
    }
  };
  document.addEventListener('readystatechange', () => {
    dress();
  });
}
