import { describe, expect, it } from 'vitest';
import { GENERATED_FILES, monitorPagePath, upToDate, writtenByHand } from '../../../scripts/generateDocs.js';
import { notices, shippedPackages } from '../../../scripts/notices.mjs';
import { MONITORS } from '../../../src/monitors/monitors.js';
import { readText } from './repository.js';

describe.each(GENERATED_FILES)('%s', (file) => {
  it('is what npm run docs writes', async () => {
    expect(readText(file)).toBe(await upToDate(file));
  });
});

/** Shorter prose says nothing that the generated parts do not say. */
const SHORTEST_PROSE = 250;

describe('the pages of monitors', () => {
  it.each(MONITORS.map(({ id }) => id))('%s: says in words of a person how to read it', (id) => {
    expect(writtenByHand(readText(monitorPagePath(id))).length).toBeGreaterThanOrEqual(SHORTEST_PROSE);
  });
});

describe('THIRD_PARTY_NOTICES.md', () => {
  it('is what npm run docs writes', async () => {
    expect(readText('THIRD_PARTY_NOTICES.md')).toBe(await notices());
  });

  it('speaks of bundled code and of copied files, and of nothing that stays at home', async () => {
    const packages = await shippedPackages();
    expect(packages).toContain('node_modules/chart.js');
    expect(packages).toContain('node_modules/tree-sitter-python');
    expect(packages).not.toContain('node_modules/esbuild');
  });
});
