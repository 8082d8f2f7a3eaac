import { beforeAll, describe, expect, it } from 'vitest';
import { applyEdits } from '../../../src/fixes/editing/applyEdits.js';
import { applyFix } from '../../../src/fixes/fixes.js';
import { LoopFinder } from '../../../src/loops/loopFinder.js';
import { NotebookFile } from '../../../src/loops/notebookFile.js';
import { packagedGrammars } from './grammars.js';

let finder: LoopFinder;
beforeAll(async () => {
  finder = await LoopFinder.create(packagedGrammars);
});

const IMPORTS = ['%matplotlib inline\n', 'import torch\n', '# naïve “quotes” \\ tab\t'];
const BUILD = ['optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)'];
const LOOP = [
  'for x, y in loader:\n',
  '    optimizer.zero_grad()\n',
  '    loss = criterion(model(x), y)\n',
  '    loss.backward()\n',
  '    optimizer.step()',
];
const OUTPUTS = [{ output_type: 'stream', name: 'stdout', text: ['\u001b[31m0.3\u001b[0m\n', 'é'] }];

interface Cell {
  readonly cell_type: string;
  readonly source: string | readonly string[];
  readonly outputs?: readonly object[];
  readonly metadata: object;
}

const code = (source: string | readonly string[]): Cell => ({
  cell_type: 'code',
  metadata: { tags: ['a'] },
  outputs: OUTPUTS,
  source,
});
const prose: Cell = { cell_type: 'markdown', metadata: {}, source: ['# loss.backward()'] };

function notebook(cells: readonly object[], indentation: string | number = 1): string {
  const metadata = { language_info: { name: 'python' }, widgets: { state: {} } };
  return `${JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }, null, indentation)}\n`;
}

/** The file after a fix. */
function fixed(text: string, fix: string): string {
  const file = new NotebookFile(text);
  const outcome = applyFix(finder, fix, { path: 'a.ipynb', language: 'notebook', text: file.program.text }, {});
  expect(outcome, JSON.stringify(outcome)).toMatchObject({ kind: 'edits' });
  const edits = outcome.kind === 'edits' ? file.editsOfFile('a.ipynb', outcome.edits) : '';
  return typeof edits === 'string' ? edits : applyEdits(text, edits);
}

/** Lines that only one of two texts has. */
function changedLines(before: string, after: string): { readonly gone: string[]; readonly added: string[] } {
  const [old, now] = [before.split('\n'), after.split('\n')];
  return { gone: old.filter((line) => !now.includes(line)), added: now.filter((line) => !old.includes(line)) };
}

interface Written {
  readonly cells: readonly { readonly source: string | readonly string[] }[];
}

function sources(text: string): string[] {
  return (JSON.parse(text) as Written).cells.map(({ source }) =>
    typeof source === 'string' ? source : source.join(''),
  );
}

describe('a notebook as a file', () => {
  const text = notebook([code(IMPORTS), prose, code(BUILD), code(LOOP)]);

  it('is edited in the lines of the cells that change, and in no other byte', () => {
    const after = fixed(text, 'clip-gradients');
    expect(changedLines(text, after)).toEqual({
      gone: [],
      added: ['    "    torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)\\n",'],
    });
    expect(sources(after)[3]).toContain('loss.backward()\n    torch.nn.utils.clip_grad_norm_');
  });

  it('takes changes of several cells, and of the line that ends one', () => {
    const after = fixed(text, 'add-warmup');
    const cells = sources(after);
    expect(cells[0]).toBe(IMPORTS.join(''));
    expect(cells[1]).toBe('# loss.backward()');
    expect(cells[2]).toMatch(/^optimizer = [^\n]+\nwarmup_scheduler = [^]+[^\n]$/);
    expect(cells[3]).toMatch(/ {4}optimizer\.step\(\)\n {4}warmup_scheduler\.step\(\)$/);
    const untouched = after.split('"outputs"').length;
    expect(untouched).toBe(text.split('"outputs"').length);
    expect((JSON.parse(after) as { cells: Cell[] }).cells.map(({ outputs }) => outputs)).toEqual(
      (JSON.parse(text) as { cells: Cell[] }).cells.map(({ outputs }) => outputs),
    );
  });

  it.each([
    ['four spaces', notebook([code(IMPORTS), code(BUILD), code(LOOP)], 4)],
    ['tabs', notebook([code(IMPORTS), code(BUILD), code(LOOP)], '\t')],
    ['no indentation', notebook([code(IMPORTS), code(BUILD), code(LOOP)], 0)],
    ['CR LF', notebook([code(IMPORTS), code(BUILD), code(LOOP)], 1).replaceAll('\n', '\r\n')],
    ['sources written whole', notebook([code(IMPORTS.join('')), code(BUILD.join('')), code(LOOP.join(''))])],
    ['a byte order mark', `\uFEFF${notebook([code(IMPORTS), code(BUILD), code(LOOP)])}`],
  ])('keeps its style: %s', (_, before) => {
    const after = fixed(before, 'clip-gradients');
    const line =
      /[ \t]*,?"?(?: {4}|\\n {4})torch\.nn\.utils\.clip_grad_norm_\(model\.parameters\(\), max_norm=1\.0\)\\n/;
    expect(after).toMatch(line);
    const mark = after.startsWith('\uFEFF') ? '\uFEFF' : '';
    expect(/[^\r]\n/.test(after)).toBe(/[^\r]\n/.test(before));
    // Written anew with the change taken back, it is what it was.
    const back = sources(after.slice(mark.length)).map((source) =>
      source.replace(/ *torch\.nn\.utils\.clip[^\n]+\n/, ''),
    );
    expect(back).toEqual(sources(before.slice(mark.length)));
  });

  it('escapes what the file escapes', () => {
    const escaped = notebook([code(['import torch\n', '# é']), code(BUILD), code(LOOP)]).replaceAll(
      /[^\0-\x7F]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    expect(fixed(escaped, 'add-warmup')).not.toMatch(/[^\0-\x7F]/);
  });

  it('makes a fix once', () => {
    const after = fixed(text, 'clip-gradients');
    const file = new NotebookFile(after);
    const again = applyFix(finder, 'clip-gradients', { path: 'a', language: 'notebook', text: file.program.text }, {});
    expect(again).toMatchObject({ kind: 'already-there' });
    expect(file.program.placeOf(again.kind === 'already-there' ? again.line : 0)).toEqual({ cell: 3, line: 4 });
  });

  it('fills an empty cell a level below its key', () => {
    const file = new NotebookFile(notebook([code([]), code(LOOP)]));
    const edit = {
      path: 'a',
      range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
      newText: 'a\nb',
    };
    const edits = file.editsOfFile('a', [edit]);
    expect(applyEdits(notebook([code([]), code(LOOP)]), edits as never)).toBe(
      notebook([code(['a\n', 'b']), code(LOOP)]),
    );
  });

  it('refuses to rewrite lines of IPython and to reach over cells', () => {
    const file = new NotebookFile(notebook([code(['%time\n', 'x = 1']), code(['y = 2'])]));
    const over = (from: number, to: number) =>
      file.editsOfFile('a', [
        { path: 'a', range: { start: { line: from, character: 0 }, end: { line: to, character: 1 } }, newText: '' },
      ]);
    expect(over(0, 1)).toContain('IPython');
    expect(over(1, 3)).toContain('two cells');
  });

  it('has no Python where another language is spoken', () => {
    const r = JSON.stringify({ cells: [code(LOOP)], metadata: { kernelspec: { language: 'R' } }, nbformat: 4 });
    expect(new NotebookFile(r).cells).toEqual([]);
    const mixed = { ...code(['SELECT 1']), metadata: { vscode: { languageId: 'sql' } } };
    expect(new NotebookFile(notebook([mixed, code(BUILD)])).cells.map(({ number }) => number)).toEqual([1]);
  });

  it.each([
    ['its JSON is damaged', text.slice(0, 60)],
    ['its JSON is damaged', ''],
    ['its JSON is damaged', '['.repeat(200_000)],
    ['no cells', '{"nbformat": 4}'],
    ['no cells', '[1]'],
    ['nbformat 3', '{"worksheets": [{"cells": []}], "nbformat": 3}'],
  ])('says why something is none: %s', (reason, damaged) => {
    expect(() => new NotebookFile(damaged)).toThrow(reason);
  });
});
