import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { appliesAndUndoes, pickFromLightBulb } from '../support/fixSteps.js';
import { Workbench } from '../support/workbench.js';

const NAME = 'train.ipynb';
/** The editor for notebooks is loaded with the first one, which takes its time on a busy machine. */
const NOTEBOOK_WITHIN_MS = 120_000;

/** The block of examples/train.py and a loop of its own, one cell each, as Jupyter saves them. */
async function asNotebook(folder: string): Promise<void> {
  const script = await readFile(path.join(folder, 'train.py'), 'utf8');
  const block = /^class Block[\s\S]*?(?=\n\n\nclass )/m.exec(script)?.[0] ?? '';
  const training = [
    'optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)',
    'for inputs, targets in loader:',
    '    loss = F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())',
    '    optimizer.zero_grad()',
    '    loss.backward()',
    '    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)',
    '    optimizer.step()',
  ].join('\n');
  const imports = 'import torch\nfrom torch import nn\nfrom torch.nn import functional as F';
  const cells = [imports, block, training].map((source, index) => ({
    cell_type: 'code',
    execution_count: null,
    id: `cell-${index}`,
    metadata: {},
    outputs: [],
    source: source.split(/(?<=\n)/),
  }));
  const notebook = { cells, metadata: { language_info: { name: 'python' } }, nbformat: 4, nbformat_minor: 5 };
  await writeFile(path.join(folder, NAME), JSON.stringify(notebook, null, 1) + '\n');
}

const PERI_LN = {
  file: NAME,
  adds: 'ln2_out',
  made: /self\.ln1_out = nn\.LayerNorm[\s\S]*x \+ self\.ln2_out\(self\.mlp\(self\.ln2\(x\)\)\)/,
};
const WARMUP = {
  file: NAME,
  adds: 'warmup_scheduler',
  made: /optimizer\.step\(\)[\s\S]*warmup_scheduler\.step\(\)/,
};

describe('the light bulb in a notebook', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({ prepare: asNotebook });
    // Before the editor knows its extensions it opens a notebook as the JSON that it is.
    await workbench.page.locator('.activitybar .action-item a[aria-label^="Evenkeel"]').waitFor();
    await workbench.page.locator('.explorer-folders-view .monaco-list-row', { hasText: NAME }).dblclick();
    await workbench.page.locator('.tab', { hasText: NAME }).waitFor();
    await workbench.page.locator('.notebookOverlay .code-cell-row').first().waitFor({ timeout: NOTEBOOK_WITHIN_MS });
    await workbench.line('class Block').first().waitFor();
  });
  after(async () => {
    await workbench.screenshot('notebook-last');
    await workbench.close();
  });

  it('warms the learning rate up', async () => {
    await pickFromLightBulb(workbench, 'torch.optim.AdamW', 'Warm the learning rate up');
    await appliesAndUndoes(workbench, 'light-bulb-notebook-warmup', WARMUP);
  });

  it('adds output norms to a block (Peri-LN)', async () => {
    await pickFromLightBulb(workbench, 'class Block', 'Peri-LN');
    await appliesAndUndoes(workbench, 'light-bulb-notebook-peri-ln', PERI_LN);
  });
});
