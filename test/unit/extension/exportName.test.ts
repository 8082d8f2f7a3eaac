import { describe, expect, it } from 'vitest';
import { exportName } from '../../../src/extension/presentation/exportName.js';

describe('the name of an exported file', () => {
  it.each([
    ['baseline Loss', 'baseline-Loss.csv'],
    ['../../../etc/passwd', 'etc-passwd.csv'],
    ['..\\..\\windows\\system32', 'windows-system32.csv'],
    ['.ssh/authorized_keys', 'ssh-authorized_keys.csv'],
    ['con', 'run-con.csv'],
    ['nul.loss', 'run-nul.loss.csv'],
    ['..', 'run.csv'],
    ['', 'run.csv'],
    ['loss\u202egnp.exe', 'loss-gnp.exe.csv'],
    ['\u001b[2Jloss\u0000', '2Jloss.csv'],
    ['file:///tmp/x?y#z', 'file-tmp-x-y-z.csv'],
    ['نموذج لغوي', 'نموذج-لغوي.csv'],
  ])('%j becomes %j', (name, file) => {
    expect(exportName(name, 'csv')).toBe(file);
  });

  it('fits into a file system, however long the name is', () => {
    for (const letter of ['x', 'ж', '語', '𠮷', '.']) {
      const bytes = new TextEncoder().encode(exportName(letter.repeat(1 << 20), 'png')).length;
      expect(bytes).toBeLessThanOrEqual(255);
    }
  });
});
