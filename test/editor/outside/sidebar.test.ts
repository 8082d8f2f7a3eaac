import { Workbench } from '../support/workbench.js';

describe('the sidebar', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open();
  });
  after(() => workbench.close());

  it('lists the runs of the workspace', async () => {
    await workbench.openSidebar();
    await workbench.treeRow('baseline').first().waitFor();
    await workbench.treeRow('spoiled').first().waitFor();
    await workbench.screenshot('sidebar');
  });
});
