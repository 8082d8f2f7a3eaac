import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';
import { openBrowser } from '../../../scripts/editor/browser.mjs';
import { startCodeServer } from '../../../scripts/editor/codeServer.mjs';
import { projectRoot } from '../../../scripts/editor/tools.mjs';
import { seriousViolations } from '../../webview/harness/accessibility.js';
import { outsideContext } from './context.mjs';
import { copyWorkspace } from './workspace.mjs';

export interface WorkbenchOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Files to open, relative to the workspace; the last one ends up in front. */
  readonly files?: readonly string[];
  /** Leaves workspace trust on, with the folder not trusted. */
  readonly untrusted?: boolean;
  readonly size?: { readonly width: number; readonly height: number };
  /** Name of the workspace's folder, where it shows. */
  readonly name?: string;
  /** Prepares the copied workspace before the editor sees it. */
  readonly prepare?: (folder: string) => Promise<void>;
}

/** A line in the middle of the training loop of train.py. */
const SHOWN_LINE = 87;
/** Generous: a machine that is busy with other work takes several times as long, and waiting costs nothing otherwise. */
const ACTION_WITHIN_MS = 90_000;
/** Within this a press of a key or a button shows its effect; after it, it is taken for lost and made again. */
const EFFECT_WITHIN_MS = 5000;
/** Enough of a window and of a log to see what went wrong. */
const SHOWN_CHARACTERS = 6000;
const LOG_CHARACTERS = 2000;

/** A workbench in a browser, on a copy of the sample project, with the packaged extension installed. */
export class Workbench {
  /** The one that was opened last, while it is open: what is looked at when a test fails. */
  static newest: Workbench | undefined;

  readonly page: Page;
  readonly folder: string;
  private readonly home: string;
  private readonly release: () => Promise<void>;

  private constructor(page: Page, folder: string, home: string, release: () => Promise<void>) {
    this.page = page;
    this.folder = folder;
    this.home = home;
    this.release = release;
  }

  static async open(options: WorkbenchOptions = {}): Promise<Workbench> {
    const { tools, browser: executable, workspace, packageFile } = outsideContext();
    const copy = await copyWorkspace(workspace, options.name);
    await options.prepare?.(copy.folder);
    const untrusted = options.untrusted ?? false;
    const editor = await startCodeServer({
      tools,
      testing: true,
      packages: [packageFile],
      askForTrust: untrusted,
      settings: {
        // The address names files to open; without this the tabs that were left are given up for them at each reload.
        'window.restoreWindows': 'preserve',
        ...(untrusted && { 'security.workspace.trust.startupPrompt': 'never' }),
        ...options.settings,
      },
    });
    let browser: Browser | undefined;
    const release = async (): Promise<void> => {
      await browser?.close();
      await editor.stop();
      await copy.remove();
    };
    try {
      browser = await openBrowser(executable);
      const page = await browser.newPage({ viewport: options.size ?? { width: 1400, height: 900 } });
      page.setDefaultTimeout(ACTION_WITHIN_MS);
      const payload = (options.files ?? []).map((file) => ['openFile', editor.remote(path.join(copy.folder, file))]);
      await page.goto(editor.open(copy.folder, payload));
      await page.locator('.monaco-workbench').waitFor();
      const front = options.files?.at(-1);
      if (front !== undefined) {
        // Keys that are pressed before go nowhere.
        await page.locator('.tab.active', { hasText: path.basename(front) }).waitFor();
        await page.locator('.editor-instance .view-line').first().waitFor();
      }
      Workbench.newest = new Workbench(page, copy.folder, editor.home, release);
      return Workbench.newest;
    } catch (error) {
      await release();
      throw error;
    }
  }

  /** The picture that says it all: the training loop, the finding beside it, the curves. */
  async showFinding(): Promise<void> {
    await this.openSidebar();
    await this.goToLine(SHOWN_LINE);
    await this.row('Findings', 'has not come back').click();
    const panel = this.panel();
    await panel.locator('[data-finding]').first().waitFor();
    await panel.locator('.chart canvas').first().waitFor();
    await this.reachLens(/loss \d/, 'loss.backward()');
    await this.page.keyboard.press('Home');
    // The curves are drawn within some frames of their data; nothing in the page says so.
    await this.page.waitForTimeout(1500);
  }

  /** Loads the window anew as it was left, with a new extension host; what runs beside the server goes on. */
  async reload(): Promise<void> {
    await eventually(() => this.page.evaluate(areTabsStored), 'that the editor has stored its tabs');
    await this.page.reload();
    await this.page.locator('.monaco-workbench').waitFor();
  }

  /** What a person would look at first when something went wrong: what the window shows, and the extension's log. */
  async state(): Promise<string> {
    const shown = await this.page
      .locator('body')
      .ariaSnapshot({ timeout: EFFECT_WITHIN_MS })
      .catch((error: unknown) => String(error));
    const files = readdirSync(this.home, { recursive: true, encoding: 'utf8' });
    const logs = files.filter((file) => /evenkeel.*\.log$/i.test(file));
    const ends = logs.map((file) => readFileSync(path.join(this.home, file), 'utf8').slice(-LOG_CHARACTERS));
    return [shown.slice(0, SHOWN_CHARACTERS), ...ends].join('\n');
  }

  async close(): Promise<void> {
    Workbench.newest = undefined;
    await this.release();
  }

  /** The first row of a tree in the sidebar whose text holds these words. */
  row(tree: 'Findings' | 'Runs', words: string | RegExp): Locator {
    const pane = this.page.locator('.pane', { has: this.page.locator(`.pane-header[aria-label^="${tree}"]`) });
    return pane.locator('.monaco-list-row', { hasText: words }).first();
  }

  line(words: string): Locator {
    return this.page.locator('.view-line', { hasText: words });
  }

  /** Whether a decoration behind a line of the editor says so; it is drawn by a style, not as text. */
  showsBehindLine(words: string): Promise<boolean> {
    return this.page.evaluate(
      (wanted) =>
        [...document.querySelectorAll('.view-line span')].some((part) =>
          getComputedStyle(part, '::after').content.replaceAll('\u00A0', ' ').includes(wanted),
        ),
      words,
    );
  }

  lens(words: string | RegExp): Locator {
    return this.page.locator('.codelens-decoration a', { hasText: words });
  }

  /**
   * Waits for a lens that can be pressed, with the cursor on the line of the editor that holds `at`. A lens that is
   * refreshed while the editor has no focus stays as text: then the editor is given the focus again.
   */
  async reachLens(words: string | RegExp, at: string): Promise<Locator> {
    const lens = this.lens(words).first();
    await eventually(
      async () => {
        await this.focusEditorAt(at);
        return appears(lens);
      },
      `the code lens ${String(words)}`,
    );
    return lens;
  }

  /** Opens the sidebar of the extension. */
  async openSidebar(): Promise<void> {
    const icon = this.page.locator('.activitybar .action-item a[aria-label^="Evenkeel"]');
    await icon.waitFor();
    // A second press would close it.
    if (!(await this.page.locator('.pane-header[aria-label^="Runs"]').isVisible())) {
      await icon.click();
    }
  }

  /** The palette offers what held when it was opened: it is opened anew until it has the command. */
  async runCommand(title: string): Promise<void> {
    const input = this.quickInput();
    // Enter takes the focused row: before the list is filtered, that is another command.
    const focused = this.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: title });
    await eventually(async () => {
      await this.pressUntil('F1', input);
      await input.fill(`>${title}`);
      const isOffered = await appears(focused);
      await input.press(isOffered ? 'Enter' : 'Escape');
      return isOffered;
    }, `the command "${title}"`);
  }

  /** The field of the palette, of a question or of a dialog for files. */
  quickInput(): Locator {
    return this.page.locator('.quick-input-widget:visible .quick-input-box input');
  }

  /** Waits until the line beneath the field says so. */
  async quickInputMessage(words: RegExp): Promise<void> {
    await this.page.locator('.quick-input-widget:visible .quick-input-message', { hasText: words }).waitFor();
  }

  /** A row of the list that is to be chosen from. */
  choice(words: string | RegExp): Locator {
    return this.page.locator('.quick-input-widget:visible .monaco-list-row', { hasText: words }).first();
  }

  /** Chooses from the list of this title by typing: a list that is still being filled does not hold still for a click. */
  async choose(title: string, words: string): Promise<void> {
    // Its predecessor, with the same rows, may not have gone yet.
    await this.page.locator('.quick-input-widget:visible .quick-input-title', { hasText: title }).waitFor();
    await this.choice(words).waitFor();
    await this.quickInput().fill(words);
    await this.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: words }).waitFor();
    await this.quickInput().press('Enter');
  }

  /**
   * Chooses an entry of the context menu of a row. A menu offers what held when it was opened: it is opened anew until it
   * has the entry. One that has only just opened may take the click for the end of the one that opened it.
   */
  async pickFromMenu(row: Locator, entry: string): Promise<void> {
    const item = this.page.locator('.monaco-menu .action-item', { hasText: entry }).first();
    await row.waitFor();
    await eventually(async () => {
      if (!(await item.isVisible())) {
        await this.page.keyboard.press('Escape');
        await row.click({ button: 'right', timeout: EFFECT_WITHIN_MS }).catch(() => undefined);
        if (!(await appears(item))) {
          return false;
        }
      }
      await item.click({ timeout: EFFECT_WITHIN_MS }).catch(() => undefined);
      return disappears(item);
    }, `"${entry}" in the menu`);
  }

  /**
   * Names a path in the dialog for files, which looks it up while it is typed: Enter before that takes what stood there.
   */
  async answerFileDialog(target: string): Promise<void> {
    const field = this.quickInput();
    const answered = async (): Promise<boolean> => {
      if (await field.isVisible()) {
        await field.fill(target);
        await this.page.waitForTimeout(700);
        await this.page.locator('.quick-input-progress.active').waitFor({ state: 'detached' });
        if ((await field.inputValue()) !== target) {
          return false; // The dialog was still being made, and has put back its own proposal.
        }
        await field.press('Enter');
      }
      return disappears(field);
    };
    await eventually(answered, `the dialog for ${target}`);
  }

  /** The document inside the visible panel of the extension. */
  panel(): FrameLocator {
    return this.page
      .locator('iframe.webview.ready[src*="extensionId=evenkeel.evenkeel"]:not([src*="purpose="]):visible')
      .contentFrame()
      .locator('iframe#active-frame')
      .contentFrame();
  }

  /** What axe-core calls serious or critical in the visible panel of the extension, a line each. */
  async seriousViolations(): Promise<string[]> {
    const document = await this.panel().locator('html').elementHandle();
    const frame = await document.ownerFrame();
    if (!frame) {
      throw new Error('the panel has no document');
    }
    return seriousViolations(frame);
  }

  /** Clicks into the editor first: a code lens that is refreshed while the editor has no focus can't be pressed. */
  async focusEditorAt(words: string): Promise<void> {
    await this.line(words).first().click();
  }

  async focusTab(name: string): Promise<void> {
    await this.page.locator('.tab', { hasText: name }).first().click();
  }

  async goToLine(line: number): Promise<void> {
    const field = this.quickInput();
    await this.pressUntil('Control+g', field);
    await field.fill(`:${line}`);
    await field.press('Enter');
    await field.waitFor({ state: 'hidden' });
  }

  /** A key that comes while the focus moves is lost: it is pressed again until it shows its effect. */
  async pressUntil(key: string, effect: Locator): Promise<void> {
    await eventually(async () => {
      await this.page.keyboard.press(key);
      return appears(effect);
    }, `the effect of ${key}`);
  }

  async save(): Promise<void> {
    await this.page.keyboard.press('Control+s');
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: path.join(projectRoot, 'test-results', `${name}.png`) });
  }
}

/**
 * Runs in the page. The browser-hosted editor stores its layout every few seconds when it is idle, not when it is left.
 * @returns whether the layout of tabs that it has stored names each tab that is open.
 */
async function areTabsStored(): Promise<boolean> {
  const titles = [...document.querySelectorAll('.tabs-container .tab .label-name')].map((label) => label.textContent);
  const names = (await indexedDB.databases()).map(({ name = '' }) => name);
  const layouts = await Promise.all(
    names
      .filter((name) => name.startsWith('vscode-web-state-db'))
      .map(
        (name) =>
          new Promise<string>((resolve, reject) => {
            const opening = indexedDB.open(name);
            opening.onerror = () => reject(opening.error ?? new Error(name));
            opening.onsuccess = () => {
              const table = opening.result.transaction('ItemTable').objectStore('ItemTable');
              const reading = table.get('memento/workbench.parts.editor');
              reading.onerror = () => reject(reading.error ?? new Error(name));
              reading.onsuccess = () => {
                opening.result.close();
                resolve(String(reading.result));
              };
            };
          }),
      ),
  );
  return titles.every((title) => layouts.some((layout) => layout.includes(title)));
}

function appears(locator: Locator): Promise<boolean> {
  return isSoon(locator, 'visible');
}

function disappears(locator: Locator): Promise<boolean> {
  return isSoon(locator, 'hidden');
}

function isSoon(locator: Locator, state: 'visible' | 'hidden'): Promise<boolean> {
  return locator.waitFor({ state, timeout: EFFECT_WITHIN_MS }).then(
    () => true,
    () => false,
  );
}

/** Waits until something holds; for what is not in the page, such as files. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + ACTION_WITHIN_MS;
  while (!(await holds())) {
    if (Date.now() > end) {
      throw new Error(`${what} did not happen within ${ACTION_WITHIN_MS / 1000} s`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
