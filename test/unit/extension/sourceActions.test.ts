import { beforeAll, describe, expect, it } from 'vitest';
import { SourceService } from '../../../src/engine/sources/sourceService.js';
import { loopsInCell, outcomeInCell, type CellPlace } from '../../../src/extension/presentation/cellPlace.js';
import { ignoreRule } from '../../../src/extension/presentation/ignoreRule.js';
import { mayTrainInJavaScript } from '../../../src/extension/presentation/sourceCandidates.js';
import { LoopFinder } from '../../../src/loops/loopFinder.js';
import { NotebookProgram } from '../../../src/loops/notebookProgram.js';
import { packagedGrammars } from '../loops/grammars.js';

let finder: LoopFinder;
beforeAll(async () => {
  finder = await LoopFinder.create(packagedGrammars);
});

describe('switching a rule off from its problem', () => {
  const script = (adam: string) => `import torch
optimizer = ${adam}
for x, y in loader:
    optimizer.zero_grad()
    criterion(model(x), y).backward()
    optimizer.step()
`;

  const applied = (text: string, line: number, rule: string): string | null => {
    const lines = text.split('\n');
    const insertion = ignoreRule((at) => lines[at] ?? '', line, rule);
    if (!insertion) {
      return null;
    }
    const own = lines[insertion.line] ?? '';
    lines[insertion.line] = own.slice(0, insertion.character) + insertion.text + own.slice(insertion.character);
    return lines.join('\n');
  };

  it.each([
    ['behind a line', 'torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-2)'],
    ['behind a comment', 'torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-2)  # as in the paper'],
    [
      'into a list of other rules',
      'torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-2)  # evenkeel: ignore[other]',
    ],
    ['above a line that goes on', 'torch.optim.Adam(model.parameters(), \\\n    lr=1e-3, weight_decay=1e-2)'],
  ])('puts the comment %s, where the rule reads it', (_, adam) => {
    const text = script(adam);
    const [warning] = finder.find(text, 'python').flatMap(({ warnings }) => warnings);
    expect(warning).toMatchObject({ rule: 'adam-l2', line: 1 });
    const result = applied(text, warning!.line, warning!.rule);
    expect(finder.find(result!, 'python')).toMatchObject([{ optimizer: 'adam', warnings: [] }]);
  });

  it('offers nothing where no comment would be read', () => {
    const lines = ['x = a + \\', '    b + \\', '    c'];
    expect(ignoreRule((at) => lines[at] ?? '', 1, 'adam-l2')).toBeNull();
    const text = ['y = """', 'optimizer = Adam("""'];
    expect(ignoreRule((at) => text[at] ?? '', 1, 'adam-l2')).toEqual({
      line: 1,
      character: 0,
      text: '# evenkeel: ignore[adam-l2]\n',
    });
  });
});

describe('a cell among the cells of its notebook', () => {
  const cells = [
    'import torch\noptimizer = torch.optim.SGD(model.parameters(), lr=0.1)',
    '%time\nfor x, y in loader:\n    optimizer.zero_grad()\n    criterion(model(x), y).backward()\n    optimizer.step()',
  ];
  const program = new NotebookProgram(cells.map((text, number) => ({ number, text })));
  const placeOfCell = (cell: number): CellPlace => ({ program, cell });

  it('has the loops that begin in it, by its own lines', () => {
    const place = placeOfCell(1);
    const loops = finder.find(place.program.text, 'notebook');
    expect(loopsInCell(loops, place)).toMatchObject([
      { from: { line: 1 }, to: { line: 4 }, backward: { line: 3 }, step: { line: 4 }, optimizer: 'sgd' },
    ]);
    expect(loopsInCell(loops, placeOfCell(0))).toEqual([]);
  });

  it('leaves out what stands in other cells', () => {
    const place = placeOfCell(1);
    const [loop] = finder.find(place.program.text, 'notebook');
    const warning = { rule: 'r', severity: 'info', line: 0, message: 'm', fixes: [] } as const;
    const shown = loopsInCell([{ ...loop!, step: { line: 1 }, warnings: [warning] }], place);
    expect(shown[0]?.step).toBeUndefined();
    expect(shown[0]?.warnings).toEqual([]);
  });

  it('takes edits of its own lines, and no others', () => {
    const place = placeOfCell(1);
    const edit = (line: number) => ({
      path: 'a.ipynb',
      range: { start: { line, character: 0 }, end: { line, character: 0 } },
      newText: 'x\n',
    });
    const own = outcomeInCell({ kind: 'edits', edits: [edit(5)], notes: [] }, place);
    expect(own).toMatchObject({ edits: [{ range: { start: { line: 2 }, end: { line: 2 } } }] });
    // Behind the cell's last line: on a new one at its end.
    const behind = outcomeInCell({ kind: 'edits', edits: [edit(8)], notes: [] }, place);
    expect(behind).toMatchObject({ edits: [{ newText: '\nx', range: { start: { line: 4, character: 20 } } }] });
    expect(outcomeInCell({ kind: 'edits', edits: [edit(0), edit(5)], notes: [] }, place)).toBeNull();
    expect(outcomeInCell({ kind: 'already-there', line: 4 }, place)).toEqual({ kind: 'already-there', line: 1 });
    expect(outcomeInCell({ kind: 'already-there', line: 0 }, place)).toMatchObject({ kind: 'refused' });
  });
});

describe('blocks of a model', () => {
  it('are found by their lines: blocks of the user, attention, layers of PyTorch', async () => {
    const text = `import torch.nn as nn

class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.mlp = nn.Linear(dim, dim)

    def forward(self, x):
        return x + self.mlp(self.norm(x))

layer = nn.TransformerEncoderLayer(8, 2)
`;
    const blocks = await new SourceService(packagedGrammars).blocks({ path: 'm.py', language: 'python', text });
    expect(blocks).toMatchObject([
      { name: 'Block', from: { line: 2 }, to: { line: 9 } },
      { name: 'TransformerEncoderLayer', from: { line: 11 } },
    ]);
  });

  it('are none in other languages and in files without a model', async () => {
    const service = new SourceService(packagedGrammars);
    const ask = (language: 'python' | 'typescript', text: string) => service.blocks({ path: 'm', language, text });
    expect(await ask('typescript', 'function forward(x) { return x + f(x); }')).toEqual([]);
    expect(await ask('python', 'print(1)')).toEqual([]);
  });
});

it('asks the engine about JavaScript only where TensorFlow.js is named', () => {
  expect(mayTrainInJavaScript("import * as tf from '@tensorflow/tfjs-node';")).toBe(true);
  expect(mayTrainInJavaScript('await tf.ready();')).toBe(true);
  expect(mayTrainInJavaScript('gulp.task("fit", () => chart.fit());')).toBe(false);
});
