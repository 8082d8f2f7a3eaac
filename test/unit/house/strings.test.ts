import { describe, expect, it } from 'vitest';
import { BUNDLE, exportStrings } from '../../../scripts/exportStrings.js';
import { pageHtml } from '../../../src/extension/presentation/pageHtml.js';
import { readText, repositoryFiles } from './repository.js';

const { text, computed } = exportStrings();

describe('the words that people see', () => {
  it('are as npm run docs writes them for translators', () => {
    expect(readText(BUNDLE)).toBe(text);
  });

  it('are never put together from pieces', () => {
    expect(computed).toEqual([]);
  });

  it('have the same places for values in every translation, and none that is not asked for', () => {
    const known = JSON.parse(text) as Record<string, string>;
    const places = (message: string): string[] => message.match(/\{\d+\}/g)?.sort() ?? [];
    for (const file of repositoryFiles().filter((name) => /^l10n\/bundle\.l10n\..+\.json$/.test(name))) {
      for (const [message, translated] of Object.entries(JSON.parse(readText(file)) as Record<string, string>)) {
        expect(Object.keys(known), file).toContain(message);
        expect(places(translated), `${file}: ${message}`).toEqual(places(message));
      }
    }
  });

  it('reach a page as data, whatever they hold', () => {
    const translations = { 'Open log': '"><script>alert(1)</script>' };
    const html = pageHtml({
      ...{ nonce: 'n', cspSource: 's', script: 'x.js', style: 'x.css', icons: 'i.css', language: 'de', title: 't' },
      translations,
    });
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).toContain('data-translations="{&#34;Open log&#34;:');
  });
});
