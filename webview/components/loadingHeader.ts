import * as l10n from '@vscode/l10n';
import { html } from 'lit';
import type { TemplateResult } from 'lit';
import '@vscode-elements/elements/dist/vscode-progress-ring/index.js';

/** The header of a page of which nothing has been read yet. @param title for those who do not see the page. */
export function loadingHeader(title: string, words: string): TemplateResult {
  return html`
    <header class="page-header" aria-busy="true">
      <div class="title-line">
        <h1 class="visually-hidden">${title}</h1>
        <span class="ghost ghost-title"></span>
        <span class="loading-word" role="status"
          ><vscode-progress-ring aria-label=${l10n.t('Reading')}></vscode-progress-ring>${words}</span
        >
      </div>
      <span class="ghost ghost-line"></span>
    </header>
  `;
}

/** So many shapes of what will stand there. */
export function ghosts(kind: 'finding' | 'chart', count: number): TemplateResult[] {
  return Array.from({ length: count }, () => html`<span class=${`ghost ghost-${kind}`}></span>`);
}
