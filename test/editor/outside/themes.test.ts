import assert from 'node:assert/strict';
import { Workbench } from '../support/workbench.js';

const THEMES = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  'high-contrast': 'Default High Contrast',
  'high-contrast-light': 'Default High Contrast Light',
} as const;

describe('the run page in its colours', () => {
  for (const [name, theme] of Object.entries(THEMES)) {
    it(name, async () => {
      const workbench = await Workbench.open({
        settings: { 'workbench.colorTheme': theme, 'editor.minimap.enabled': false, 'breadcrumbs.enabled': false },
        files: ['train.py'],
        name: 'ship-log',
      });
      try {
        await workbench.showFinding();
        await workbench.screenshot(`theme-${name}`);
        assert.deepEqual(await workbench.seriousViolations(), []);
      } finally {
        await workbench.close();
      }
    });
  }
});
