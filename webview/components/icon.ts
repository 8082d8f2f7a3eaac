import { html } from 'lit';
import type { TemplateResult } from 'lit';

/** A codicon for the eye alone; the word stands beside it. */
export function icon(name: string, extraClass = ''): TemplateResult {
  return html`<span class="codicon codicon-${name} ${extraClass}" aria-hidden="true"></span>`;
}
