import path from 'node:path';
import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';
import { openBrowser } from '../../../scripts/editor/browser.mjs';
import { startCodeServer } from '../../../scripts/editor/codeServer.mjs';
import { projectRoot } from '../../../scripts/editor/tools.mjs';
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
const ACTION_WITHIN_MS = 45_000;

/** A workbench in a browser, on a copy of the sample project, with the packaged extension installed. */
export class Workbench {
  readonly page: Page;
  readonly folder: string;
  private readonly release: () => Promise<void>;

  private constructor(page: Page, folder: string, release: () => Promise<void>) {
    this.page = page;
    this.folder = folder;
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
      settings: { ...(untrusted && { 'security.workspace.trust.startupPrompt': 'never' }), ...options.settings },
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
      return new Workbench(page, copy.folder, release);
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
    await this.focusEditorAt('loss.backward()');
    await this.page.keyboard.press('Home');
    await this.lens(/loss \d/).waitFor();
    // The curves are drawn within some frames of their data; nothing in the page says so.
    await this.page.waitForTimeout(1500);
  }

  async close(): Promise<void> {
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

  /** Opens the sidebar of the extension. */
  async openSidebar(): Promise<void> {
    await this.page.locator('.activitybar .action-item a[aria-label^="Evenkeel"]').click();
  }

  async runCommand(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    const input = this.page.locator('.quick-input-widget:visible .quick-input-box input');
    await input.fill(`>${title}`);
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first().waitFor();
    await input.press('Enter');
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

  /** Chooses an entry of the context menu of a row. */
  async pickFromMenu(row: Locator, entry: string): Promise<void> {
    await row.click({ button: 'right' });
    const item = this.page.locator('.monaco-menu .action-item', { hasText: entry }).first();
    await item.click();
    // A menu that has only just opened may take the click for the end of the one that opened it.
    await item.waitFor({ state: 'hidden', timeout: 2000 }).catch(() => item.click());
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
        await field.press('Enter');
      }
      return field.waitFor({ state: 'hidden', timeout: 2000 }).then(
        () => true,
        () => false,
      );
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

  /** Clicks into the editor first: a code lens that is refreshed while the editor has no focus can't be pressed. */
  async focusEditorAt(words: string): Promise<void> {
    await this.line(words).first().click();
  }

  async focusTab(name: string): Promise<void> {
    await this.page.locator('.tab', { hasText: name }).first().click();
  }

  async goToLine(line: number): Promise<void> {
    await this.page.keyboard.press('Control+g');
    await this.page.locator('.quick-input-widget:visible .quick-input-box input').fill(`:${line}`);
    await this.page.keyboard.press('Enter');
  }

  async save(): Promise<void> {
    await this.page.keyboard.press('Control+s');
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: path.join(projectRoot, 'test-results', `${name}.png`) });
  }
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
