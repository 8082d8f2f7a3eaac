import { appliesAndUndoes, pickFromLightBulb } from '../support/fixSteps.js';
import { Workbench } from '../support/workbench.js';

describe('a training loop in the editor', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({ files: ['train.py'] });
    await workbench.goToLine(84);
  });
  after(() => workbench.close());

  it('says above itself how its newest run fares', async () => {
    await workbench.reachLens(/loss \d/, 'loss.backward()');
    await workbench.screenshot('code-lens');
  });

  it('is fixed from its code lens: a diff first, then the change, and one undo', async () => {
    await (await workbench.reachLens('Fixes…', 'loss.backward()')).click();
    const choice = workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Clip gradients' });
    await choice.waitFor();
    await workbench.screenshot('code-lens-fixes');
    await choice.click();
    await appliesAndUndoes(workbench, 'code-lens');
  });

  it('is fixed from the light bulb', async () => {
    await workbench.page.locator('.squiggly-error, .squiggly-warning, .squiggly-info').first().waitFor();
    await pickFromLightBulb(workbench, 'loss.backward()', 'Clip gradients', async () => {
      await workbench.focusEditorAt('loss.backward()');
      await workbench.runCommand('Go to Next Problem in Files');
    });
    await appliesAndUndoes(workbench, 'light-bulb');
  });

  it('opens the page of its run from the code lens', async () => {
    await (await workbench.reachLens(/loss \d/, 'loss.backward()')).click();
    await workbench.panel().locator('.page-header h1').waitFor();
  });
});

const PERI_LN = {
  adds: 'ln2_out',
  made: /self\.ln1_out = nn\.LayerNorm[\s\S]*x \+ self\.ln2_out\(self\.mlp\(self\.ln2\(x\)\)\)/,
};
const WARMUP = { adds: 'warmup_scheduler', made: /optimizer\.step\(\)[\s\S]*warmup_scheduler\.step\(\)/ };

describe('the light bulb', () => {
  const file = 'train.py';
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({ files: [file] });
    await workbench.line('class Block').first().waitFor();
  });
  after(() => workbench.close());

  it('warms the learning rate up', async () => {
    await workbench.goToLine(77);
    await pickFromLightBulb(workbench, 'torch.optim.AdamW', 'Warm the learning rate up');
    await appliesAndUndoes(workbench, 'light-bulb-warmup', { file, ...WARMUP });
  });

  it('adds output norms to a block (Peri-LN)', async () => {
    await workbench.goToLine(20);
    await pickFromLightBulb(workbench, 'class Block', 'Peri-LN');
    await appliesAndUndoes(workbench, 'light-bulb-peri-ln', { file, ...PERI_LN });
  });
});
