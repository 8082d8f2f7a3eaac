import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { applyFixTo } from '../../../src/cli/mcp/applyFix.js';
import { Engine } from '../../../src/engine/engine.js';
import { GrammarFiles } from '../../../src/engine/sources/grammarFiles.js';
import { scratchFolder, writeTree } from './scratch.js';

const BUILD = 'import torch\noptimizer = torch.optim.AdamW(model.parameters())';
const LOOP =
  'for x in data:\n    optimizer.zero_grad()\n    loss = model(x)\n    loss.backward()\n    optimizer.step()';
const cells = [BUILD, LOOP].map((text) => ({
  ...{ cell_type: 'code', execution_count: 3, metadata: {}, outputs: [{ output_type: 'stream', text: ['0.3\n'] }] },
  source: text.split(/(?<=\n)/),
}));
const NOTEBOOK = `${JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;

const { signal } = new AbortController();
let engine: Engine;
let root: string;
let file: string;

beforeEach(async () => {
  engine = new Engine({ grammars: new GrammarFiles('dist') });
  root = await scratchFolder();
  file = path.join(root, 'train.ipynb');
  await writeTree(root, { 'train.ipynb': NOTEBOOK });
});
afterEach(() => engine.dispose());

function ask(name: string, input: object): Promise<object> {
  return engine.tool({ name, input }, signal);
}

function apply(input: {
  readonly fix: string;
  readonly before?: string;
  readonly cell?: number;
  readonly line?: number;
}) {
  const confirm = (): Promise<boolean> => Promise.resolve(true);
  return applyFixTo({ file, ...input }, { engine, folders: [root], confirm, signal });
}

it('describes loops of a notebook by cell and line', async () => {
  const { loops } = (await ask('describe_loops', { file })) as { loops: object[] };
  expect(loops).toMatchObject([
    { cell: 2, lines: [1, 5], backwardLine: 4, optimizerStepLine: 5, zeroGradLine: 2, optimizer: 'adamw' },
  ]);
});

it('proposes and makes a change of cells, once, and leaves every other byte', async () => {
  const proposed = (await ask('propose_fix', { file, fix: 'add-warmup' })) as { diff: string; before: string };
  expect(proposed).toMatchObject({ outcome: 'diff' });
  expect(proposed.diff).toContain(`--- ${file} (cell 1)`);
  expect(proposed.diff).toContain(`--- ${file} (cell 2)`);
  expect(await readFile(file, 'utf8')).toBe(NOTEBOOK);
  expect(await apply({ fix: 'add-warmup', before: proposed.before })).toMatchObject({
    outcome: 'applied',
    diff: proposed.diff,
  });
  const written = await readFile(file, 'utf8');
  const gone = NOTEBOOK.split('\n').filter((line) => !written.split('\n').includes(line));
  // The lines that end the cells get a line end.
  expect(gone).toEqual(['    "optimizer = torch.optim.AdamW(model.parameters())"', '    "    optimizer.step()"']);
  expect(await apply({ fix: 'add-warmup' })).toMatchObject({ outcome: 'already-there', cell: 1 });
  await expect(apply({ fix: 'zclip', before: proposed.before })).rejects.toThrow('has changed');
});

it('takes a place by cell and line together, and says what is no place', async () => {
  expect(await ask('propose_fix', { file, fix: 'clip-gradients', cell: 2, line: 4 })).toMatchObject({
    outcome: 'diff',
  });
  await expect(ask('propose_fix', { file, fix: 'clip-gradients', line: 4 })).rejects.toThrow('cell and line together');
  await expect(ask('propose_fix', { file, fix: 'clip-gradients', cell: 7, line: 1 })).rejects.toThrow('cell 7');
  await expect(ask('propose_fix', { file: 'a.py', fix: 'clip-gradients', cell: 1 })).rejects.toThrow('a.py');
});
