import { describe, expect, it } from 'vitest';
import { FIXES } from '../../../src/fixes/fixes.js';
import { blockFixesAt } from '../../../src/extension/presentation/blockFixes.js';

describe('rewrites in the light bulb', () => {
  it('are few where the line says nothing of them', () => {
    expect(blockFixesAt('class Block(nn.Module):')).toEqual(['peri-ln', 'pre-ln', 'qk-norm']);
    expect(blockFixesAt('    def forward(self, x):')).toHaveLength(3);
  });

  it.each([
    ['self.norm1 = nn.LayerNorm(dim)', ['normformer', 'mix-ln', 'rms-norm']],
    ['x = x + self.attn(self.ln_1(x))', ['normformer', 'mix-ln', 'rms-norm']],
    ['self.c_proj = nn.Linear(dim, dim)', ['small-init']],
  ])('fit what stands on the line: %s', (line, more) => {
    expect(blockFixesAt(line).slice(3)).toEqual(more);
  });

  it('are fixes that there are', () => {
    const known = FIXES.map(({ description }) => description.id);
    expect(blockFixesAt('self.norm = nn.Linear').filter((id) => !known.includes(id))).toEqual([]);
  });
});
