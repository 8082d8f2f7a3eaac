import * as l10n from '@vscode/l10n';

/**
 * Gives the words of the page in the editor's language, which the host has put into the document. To be imported first:
 * tables of words are made when their modules are loaded.
 */
const { translations } = document.body.dataset;
if (translations !== undefined) {
  l10n.config({ contents: JSON.parse(translations) as Record<string, string> });
}
