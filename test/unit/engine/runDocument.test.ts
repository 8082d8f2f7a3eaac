import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Engine } from '../../../src/engine/engine.js';
import { GrammarFiles } from '../../../src/engine/sources/grammarFiles.js';
import { jsonRows, scratchFolder, writeTree } from './scratch.js';

const never = new AbortController().signal;
const engines: Engine[] = [];

afterEach(() => engines.splice(0).forEach((engine) => engine.dispose()));

async function opened(files: Readonly<Record<string, string>>) {
  const root = await scratchFolder();
  await writeTree(root, files);
  const engine = new Engine({ grammars: new GrammarFiles('dist') });
  engines.push(engine);
  const runs = await engine.open({ paths: [root] }, never);
  const idOf = (name: string): string => runs.find((run) => run.name === name)?.id ?? '';
  return { root, engine, idOf };
}

const BAD = jsonRows(300, 0, (step) => (step > 200 ? NaN : 2));

describe('a run as a document', () => {
  it('does not tell where on the disk the workspace lies', async () => {
    const { root, engine, idOf } = await opened({ 'runs/bad/metrics.jsonl': `${BAD}not a row\n` });
    for (const form of ['markdown', 'html', 'sarif', 'issue'] as const) {
      const request = { run: idOf('bad'), form, version: '1.2.3', folders: [path.join(root, 'other'), root] };
      const document = await engine.document(request, never);
      expect(document).not.toContain(root);
      expect(document).toMatch(/NaN|not finite/);
      expect(document.includes('runs/bad/metrics.jsonl')).toBe(form !== 'issue');
    }
  });

  it('names files outside of the workspace in full', async () => {
    const { root, engine, idOf } = await opened({ 'bad/metrics.jsonl': BAD });
    const folders = [path.join(root, 'bad', 'deeper'), path.join(root, 'ba')];
    const html = await engine.document({ run: idOf('bad'), form: 'html', version: '1', folders }, never);
    expect(html).toContain(path.join(root, 'bad/metrics.jsonl'));
    expect(html).toContain('<svg');
  });

  it('is refused for a run that is gone', async () => {
    const { engine } = await opened({});
    const request = { run: 'gone', form: 'html', version: '1', folders: [] } as const;
    await expect(engine.document(request, never)).rejects.toThrow('no run gone');
  });
});

describe('two runs', () => {
  it('are compared by their ids, whichever is closed', async () => {
    const { engine, idOf } = await opened({
      'bad/metrics.jsonl': BAD,
      'good/metrics.jsonl': jsonRows(300, 0, () => 2),
    });
    const comparison = await engine.compare({ runs: [idOf('good'), idOf('bad')] }, never);
    expect(comparison.runs.map(({ name }) => name)).toEqual(['good', 'bad']);
    expect(comparison.curves[0]).toMatchObject({ role: 'train/loss', parting: { step: 201 }, sharedSteps: 300 });
    await expect(engine.compare({ runs: [idOf('good'), 'gone'] }, never)).rejects.toThrow('no run gone');
  });
});
