import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { applyFixTo } from '../../../src/cli/mcp/applyFix.js';
import { Engine } from '../../../src/engine/engine.js';
import { GrammarFiles } from '../../../src/engine/grammarFiles.js';
import { scratchFolder, writeTree } from './scratch.js';

it('a notebook is refused with what to do instead, and left as it is', async () => {
  const root = await scratchFolder();
  const file = path.join(root, 'train.ipynb');
  const source = ['for x in data:\n', '    loss = model(x)\n', '    loss.backward()\n', '    optimizer.step()\n'];
  const cells = [{ cell_type: 'code', source, outputs: [], metadata: {} }];
  const notebook = JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
  await writeTree(root, { 'train.ipynb': notebook });
  const engine = new Engine({ grammars: new GrammarFiles('dist') });
  const { signal } = new AbortController();
  const input = { file, fix: 'clip-gradients' };
  const refusal = { outcome: 'refused', reason: expect.stringContaining('open the notebook in the editor') as string };
  try {
    expect(await engine.tool({ name: 'propose_fix', input }, signal)).toEqual(refusal);
    const confirm = () => Promise.resolve(true);
    expect(await applyFixTo(input, { engine, folders: [root], confirm, signal })).toEqual(refusal);
    expect(await readFile(file, 'utf8')).toBe(notebook);
  } finally {
    engine.dispose();
  }
});
