import { beforeAll, describe, expect, it } from 'vitest';
import { scratchFolder, writeTree } from '../engine/scratch.js';
import { buildCli, runCli } from './builtCli.js';

beforeAll(buildCli);

const OWN = Array.from({ length: 40 }, (_, index) => `<<${index}>> cost~${3 - index / 40}\n`).join('');

describe('--pattern', () => {
  it('reads what nothing else can, by a template or an expression', async () => {
    const root = await scratchFolder();
    await writeTree(root, { 'own.log': OWN });
    const plain = await runCli(root, 'export', 'own.log');
    expect([plain.code, plain.stdout]).toEqual([2, '']);
    for (const pattern of ['<<{step}>> cost~{train/loss}', '^<<(?<step>\\d+)>> cost~(?<loss>\\S+)$']) {
      const { code, stdout, stderr } = await runCli(root, 'export', 'own.log', '--pattern', pattern);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout.trim().split('\n').length).toBe(41);
      expect(stdout).toContain('train/loss');
    }
  });

  it('says in one line what is wrong with it', async () => {
    const { code, stderr } = await runCli('/', 'diagnose', '.', '--pattern', 'cost (?<loss>');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^evenkeel: --pattern: Invalid regular expression[^\n]*\n$/);
  });
});
