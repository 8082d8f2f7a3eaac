import { Workbench } from '../support/workbench.js';
import { appliesAndUndoes } from '../support/fixSteps.js';

describe('a training loop in the editor', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({ files: ['train.py'] });
    await workbench.goToLine(84);
  });
  after(() => workbench.close());

  it('says above itself how its newest run fares', async () => {
    await workbench.focusEditorAt('loss.backward()');
    await workbench.lens(/loss \d/).waitFor();
    await workbench.screenshot('code-lens');
  });

  it('is fixed from its code lens: a diff first, then the change, and one undo', async () => {
    await workbench.focusEditorAt('loss.backward()');
    await workbench.lens('Fixes…').click();
    const choice = workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Clip gradients' });
    await choice.waitFor();
    await workbench.screenshot('code-lens-fixes');
    await choice.click();
    await appliesAndUndoes(workbench, 'code-lens');
  });

  it('is fixed from the light bulb', async () => {
    await workbench.page.locator('.squiggly-error, .squiggly-warning, .squiggly-info').first().waitFor();
    await workbench.focusEditorAt('loss.backward()');
    await workbench.runCommand('Go to Next Problem in Files');
    await workbench.page.keyboard.press('Control+.');
    const action = workbench.page.locator('.action-widget .monaco-list-row', { hasText: 'Clip gradients' });
    await action.waitFor();
    await workbench.screenshot('light-bulb');
    await action.click();
    await appliesAndUndoes(workbench, 'light-bulb');
  });

  it('opens the page of its run from the code lens', async () => {
    await workbench.focusEditorAt('loss.backward()');
    await workbench.lens(/loss \d/).click();
    await workbench.panel().locator('.page-header h1').waitFor();
  });
});
