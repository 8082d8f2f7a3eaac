import type { Memento, WebviewPanel } from 'vscode';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Emitter } from '../../../src/base/event.js';
import type { ExperimentOutcome, ExperimentProgress } from '../../../src/contract/labExperiment.js';
import type { EngineService } from '../../../src/extension/engine/engineService.js';

const editor = vi.hoisted(() => ({
  isTrusted: true,
  answer: 'Train',
  asked: [] as string[],
  pages: [] as { html: string; options: unknown; isClosed: boolean }[],
  progress: [] as { message: string; increment: number }[],
  cancel: (): unknown => undefined,
}));

vi.mock('vscode', () => ({
  env: { language: 'de' },
  l10n: {
    t: (text: string, ...values: unknown[]) =>
      text.replaceAll(/\{(\d)\}/g, (_, at: string) => String(values[Number(at)])),
  },
  workspace: {
    get isTrusted() {
      return editor.isTrusted;
    },
  },
  ViewColumn: { Active: -1 },
  ProgressLocation: { Notification: 15 },
  window: {
    showInformationMessage: (text: string) => {
      editor.asked.push(text);
      return Promise.resolve(editor.answer);
    },
    createWebviewPanel: (_type: string, _title: string, _column: number, options: unknown) => newPanel(options),
    registerWebviewPanelSerializer: () => ({ dispose: () => undefined }),
    withProgress: (_options: unknown, task: (progress: unknown, token: unknown) => Promise<unknown>) =>
      task(
        { report: (state: { message: string; increment: number }) => editor.progress.push(state) },
        { onCancellationRequested: (listener: () => unknown) => (editor.cancel = listener) },
      ),
  },
}));

/** A panel as the editor makes it, for a page that {@link editor} keeps. */
function newPanel(options?: unknown): WebviewPanel {
  const page = { html: '', options, isClosed: false };
  editor.pages.push(page);
  const panel = {
    webview: {
      set html(html: string) {
        page.html = html;
      },
    },
    onDidDispose: () => undefined,
    reveal: () => undefined,
    dispose: () => {
      page.isClosed = true;
    },
  };
  return panel as unknown as WebviewPanel;
}

const { SweepPages } = await import('../../../src/extension/lab/sweepPages.js');

const OUTCOME: ExperimentOutcome = {
  title: 'Final loss over <learning> rates',
  proxy: { parameters: 40_896, rules: [] },
  backend: 'wasm',
  seeds: [0],
  verdicts: [],
  sensitivities: [{ arm: 'baseline', sensitivity: 0.5, unit: 'nats', points: [{ learningRate: 0.01, losses: [1.5] }] }],
  missing: 0,
  problems: [],
};

const heard = new Emitter<ExperimentProgress>();
let request: (signal: AbortSignal) => Promise<ExperimentOutcome>;

function pages(): InstanceType<typeof SweepPages> {
  const engine = {
    onSweep: heard.event,
    request: (_method: string, _params: null, signal: AbortSignal) => request(signal),
  };
  return new SweepPages(engine as unknown as EngineService, '0.1.0', memento);
}

/** What the editor keeps for the workspace, as JSON. */
const kept = new Map<string, string>();
const memento: Memento = {
  keys: () => [...kept.keys()],
  get: (key: string) => {
    const value = kept.get(key);
    return value === undefined ? undefined : (JSON.parse(value) as unknown);
  },
  update: (key: string, value: unknown) => {
    kept.set(key, JSON.stringify(value));
    return Promise.resolve();
  },
} as Memento;

const shown = (): string => editor.pages.at(-1)?.html ?? '';

beforeEach(() => {
  kept.clear();
  Object.assign(editor, { isTrusted: true, answer: 'Train', asked: [], pages: [], progress: [] });
  request = () => Promise.resolve(OUTCOME);
});

describe('the page of a sweep', () => {
  it('is asked for, tells how far it is, and shows the chart of the report in the colours of the editor', async () => {
    request = () => {
      expect(shown(), 'a page at once').toContain('is being trained');
      heard.fire({ done: 3, planned: 12, share: 0.25, secondsLeft: null });
      heard.fire({ done: 6, planned: 12, share: 0.5, secondsLeft: 9 });
      return Promise.resolve(OUTCOME);
    };
    await pages().run();
    expect(editor.asked).toHaveLength(1);
    expect(editor.progress.map(({ increment }) => increment)).toEqual([25, 25]);
    expect(editor.progress[1]?.message).toBe('6 of 12 runs');
    expect(editor.pages).toHaveLength(1);
    expect(editor.pages[0]?.options).toMatchObject({ enableScripts: false });
    expect(shown()).toContain('<html lang="de">');
    expect(shown()).toMatch(/--series-0: [^;]*var\(--vscode-charts-blue\)/);
    expect(shown()).toMatch(/<svg [^>]*role="img" aria-label="Final loss over the learning rate, nats: baseline, /);
    expect(shown()).toContain('Final loss over &lt;learning&gt; rates');
    expect(shown()).not.toContain('<script');
  });

  it('says that it is cancelled, that it failed, and that nothing came to an end', async () => {
    request = (signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('cancelled')));
        editor.cancel();
      });
    await pages().run();
    expect(shown()).toContain('goes on from there');
    request = () => Promise.reject(new Error('no <engine> can be used'));
    await pages().run();
    expect(shown()).toContain('no &lt;engine&gt; can be used');
    request = () =>
      Promise.resolve({ ...OUTCOME, sensitivities: [{ ...OUTCOME.sensitivities[0]!, points: [] }], missing: 12 });
    await pages().run();
    expect(shown()).toContain('12 planned runs are missing');
    expect(shown()).toContain('No run has come to its end');
    expect(shown()).not.toContain('<figure>');
  });

  it('trains nothing without a yes, nor where the workspace is not trusted', async () => {
    request = () => Promise.reject(new Error('asked'));
    editor.answer = 'no';
    await pages().run();
    editor.isTrusted = false;
    await expect(pages().run()).rejects.toThrow('Restricted Mode');
    expect(editor.pages).toEqual([]);
  });

  it('is there again when the window is loaded anew, as it was, and closed where nothing came of a sweep', async () => {
    await pages().deserializeWebviewPanel(newPanel());
    expect(editor.pages[0]?.isClosed).toBe(true);
    await pages().run();
    const before = shown();
    await pages().deserializeWebviewPanel(newPanel());
    expect(editor.pages).toHaveLength(3);
    expect(shown()).toBe(before);
    expect(shown()).toContain('<svg');
  });
});
