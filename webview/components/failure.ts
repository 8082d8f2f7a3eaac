import * as l10n from '@vscode/l10n';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import { icon } from './icon.js';

/** @param failure why the page is not up to date. */
export function staleBanner(failure: string | undefined): TemplateResult | typeof nothing {
  return failure === undefined
    ? nothing
    : html`<p class="banner" role="alert">
        ${icon('warning')} ${l10n.t('This page is not up to date: {0}', failure)}
      </p>`;
}

/** Nothing can be shown. @param tryAgain asks for the page's content once more. */
export function failedPage(title: string, failure: string, tryAgain: () => void): TemplateResult {
  return html`<main class="empty" role="alert">
    ${icon('error', 'large severity-error')}
    <h1>${title}</h1>
    <p>${failure}</p>
    <vscode-button @click=${tryAgain}>${l10n.t('Try again')}</vscode-button>
  </main>`;
}
