import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readText, repositoryFiles } from './repository.js';

const files = repositoryFiles();
const pages = files.filter((file) => file.endsWith('.md') && file !== 'THIRD_PARTY_NOTICES.md');

/** Anchors as code hosts make them from headings. */
function anchors(page: string): string[] {
  const headings = readText(page).matchAll(/^#{1,6} (.+)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function isBroken(page: string, link: string): boolean {
  const [target = '', anchor] = link.split('#');
  const file = target === '' ? page : path.posix.join(path.posix.dirname(page), target);
  const exists = files.includes(file) || files.some((other) => other.startsWith(`${file.replace(/\/$/, '')}/`));
  return !exists || (anchor !== undefined && file.endsWith('.md') && !anchors(file).includes(anchor));
}

describe('the documentation', () => {
  it.each(pages)('%s links to what is there', (page) => {
    const text = readText(page).replaceAll(/^```[\s\S]*?^```$/gm, '');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    expect(links.filter((link) => !/^[a-z]+:/.test(link) && isBroken(page, link))).toEqual([]);
  });
});
