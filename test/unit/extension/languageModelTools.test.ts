import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  AGENT_TOOLS,
  COMPUTING_TOOLS,
  LANGUAGE_MODEL_TOOL_PREFIX,
  SHOW_FIX_TOOL,
} from '../../../src/contract/agentTools.js';
import type { FixPreviews } from '../../../src/extension/fixes/fixPreview.js';

interface RegisteredTool {
  readonly prepareInvocation?: (options: { readonly input: object }) => {
    readonly confirmationMessages?: { readonly title: string; readonly message: string };
  };
  readonly invoke: (
    options: { readonly input: object },
    token: { onCancellationRequested: (listener: () => void) => void },
  ) => Promise<{ readonly content: readonly { readonly value: string }[] }>;
}

const editor = vi.hoisted(() => ({
  tools: new Map<string, unknown>(),
  isTrusted: true,
  notebooks: [] as object[],
}));

vi.mock('vscode', () => ({
  lm: {
    registerTool: (name: string, tool: unknown) => {
      editor.tools.set(name, tool);
      return { dispose: () => editor.tools.delete(name) };
    },
  },
  l10n: {
    t: (text: string, ...values: unknown[]) =>
      text.replaceAll(/\{(\d)\}/g, (_, at: string) => String(values[Number(at)])),
  },
  workspace: {
    get isTrusted() {
      return editor.isTrusted;
    },
    textDocuments: [],
    get notebookDocuments() {
      return editor.notebooks;
    },
    workspaceFolders: [{ uri: { fsPath: '/work', path: '/work' } }],
    asRelativePath: ({ fsPath }: { fsPath: string }) => fsPath.replace('/work/', ''),
  },
  NotebookCellKind: { Markup: 1, Code: 2 },
  Uri: {
    file: (fsPath: string) => ({ fsPath, path: fsPath }),
    joinPath: ({ fsPath }: { fsPath: string }, name: string) => ({
      fsPath: `${fsPath}/${name}`,
      path: `${fsPath}/${name}`,
    }),
  },
  Disposable: { from: (...all: { dispose(): void }[]) => ({ dispose: () => all.forEach((one) => one.dispose()) }) },
  LanguageModelToolResult: class {
    readonly content: readonly unknown[];
    constructor(content: readonly unknown[]) {
      this.content = content;
    }
  },
  LanguageModelTextPart: class {
    readonly value: string;
    constructor(value: string) {
      this.value = value;
    }
  },
}));

const { registerLanguageModelTools } = await import('../../../src/extension/agents/languageModelTools.js');

interface Asked {
  readonly params: { readonly name: string; readonly input: object; readonly openTexts: Record<string, string> };
  readonly signal: AbortSignal;
}
const asked: Asked[] = [];
const shown: unknown[] = [];
let answer: Promise<object>;

beforeEach(() => {
  asked.length = 0;
  shown.length = 0;
  editor.isTrusted = true;
  editor.notebooks = [];
  answer = Promise.resolve({ value: NaN });
  const request = (_method: string, params: Asked['params'], signal: AbortSignal): Promise<object> => {
    asked.push({ params, signal });
    return answer;
  };
  const show = (...given: unknown[]): Promise<void> => {
    shown.push(given);
    return Promise.resolve();
  };
  registerLanguageModelTools({
    engine: { request },
    previews: { show } as unknown as FixPreviews,
  });
});

const never = { onCancellationRequested: () => undefined };
const named = (name: string): RegisteredTool => editor.tools.get(LANGUAGE_MODEL_TOOL_PREFIX + name) as RegisteredTool;

describe('the tools for the agents of the editor', () => {
  it('ask before whatever keeps the machine busy or opens a change, and for nothing that reads', () => {
    const asking = [...AGENT_TOOLS, SHOW_FIX_TOOL].filter((name) => {
      const input = { file: 'train.py', fix: 'zclip', run: 'r', finding: 'f' };
      const messages = named(name).prepareInvocation?.({ input }).confirmationMessages;
      return messages !== undefined && messages.title !== '' && messages.message !== '';
    });
    expect(asking).toEqual([...COMPUTING_TOOLS, SHOW_FIX_TOOL]);
  });

  it('say in the question what they will do, and to what', () => {
    const question = (name: string) =>
      named(name).prepareInvocation?.({ input: { file: 'src/train.py', fix: 'zclip' } }).confirmationMessages?.message;
    expect(question(SHOW_FIX_TOOL)).toMatch(/src\/train\.py.*zclip.*Apply/);
    expect(question('try_fix')).toMatch(/minutes.*changes no file/);
  });

  it('answer with JSON that has strings for what is no number', async () => {
    const { content } = await named('list_runs').invoke({ input: {} }, never);
    expect(JSON.parse(content[0]?.value ?? '')).toEqual({ value: 'NaN' });
  });

  it('stop when the agent does', async () => {
    let stop: (() => void) | undefined;
    let fail: ((error: Error) => void) | undefined;
    answer = new Promise((_resolve, reject) => (fail = reject));
    const trial = named('try_fix').invoke({ input: {} }, { onCancellationRequested: (listener) => (stop = listener) });
    expect(asked[0]?.signal.aborted).toBe(false);
    stop?.();
    expect(asked[0]?.signal.aborted).toBe(true);
    fail?.(new Error('cancelled'));
    await expect(trial).rejects.toThrow('cancelled');
  });

  it('do nothing in a workspace that is not trusted', async () => {
    editor.isTrusted = false;
    for (const name of [...AGENT_TOOLS, SHOW_FIX_TOOL]) {
      await expect(named(name).invoke({ input: { file: 'a.py', fix: 'zclip' } }, never)).rejects.toThrow('Restricted');
    }
    expect([asked, shown]).toEqual([[], []]);
  });

  it('see the cells of a notebook that is not saved', async () => {
    const cell = (kind: number, languageId: string, text: string) => ({
      kind,
      document: { languageId, getText: () => text },
    });
    const cells = [cell(1, 'markdown', '# a'), cell(2, 'python', 'loss.backward()')];
    const uri = { scheme: 'file', fsPath: '/work/train.ipynb', path: '/work/train.ipynb' };
    editor.notebooks = [{ uri, isDirty: true, getCells: () => cells }];
    await named('describe_loops').invoke({ input: { file: 'train.ipynb' } }, never);
    const { openTexts } = asked[0]!.params;
    expect(Object.keys(openTexts)).toEqual(['/work/train.ipynb', 'train.ipynb']);
    const written = JSON.parse(openTexts['train.ipynb'] ?? '') as { cells: object[] };
    expect(written.cells.map((one) => (one as { cell_type: string }).cell_type)).toEqual(['markdown', 'code']);
  });

  it('show a fix where its loop is', async () => {
    await named(SHOW_FIX_TOOL).invoke({ input: { file: 'train.py', fix: 'zclip', line: 9 } }, never);
    expect(shown).toMatchObject([[{ uri: { fsPath: '/work/train.py' }, fix: 'zclip', loopLine: 8 }, {}]]);
    const unnamed = named(SHOW_FIX_TOOL).invoke({ input: { file: 'train.ipynb', fix: 'zclip' } }, never);
    await expect(unnamed).rejects.toThrow('name the cell');
  });
});
