import { htmlPage } from '../../reports/htmlPage.js';
import { markup } from '../../reports/markup.js';

/** The variables of reports in the colours and fonts of the editor, so that every theme is followed. */
export const SWEEP_STYLE = markup`<style>
:root {
  --text: var(--vscode-foreground); --faint: var(--vscode-descriptionForeground);
  --ground: var(--vscode-editor-background); --card: var(--vscode-editorWidget-background);
  --edge: var(--vscode-contrastBorder, var(--vscode-editorWidget-border, var(--vscode-descriptionForeground)));
  --error: var(--vscode-errorForeground); --info: var(--vscode-focusBorder);
  --series-0: var(--vscode-charts-blue); --series-1: var(--vscode-charts-orange);
  --series-2: var(--vscode-charts-green); --series-3: var(--vscode-charts-purple);
  --series-4: var(--vscode-foreground); --series-5: var(--vscode-charts-yellow);
}
body { font: var(--vscode-font-size, 13px)/1.5 var(--vscode-font-family, sans-serif); }
tbody th, td, thead th:first-child { overflow-wrap: normal; } thead th { min-width: 3.5rem; }
figure { overflow-x: auto; } figure > svg { min-width: 28rem; }
</style>`;

/** The page while there is nothing to draw: why, in a sentence. */
export function sweepNotice(title: string, text: string): string {
  return htmlPage(
    title,
    [
      markup`<h1>${title}</h1>
<p role="status">${text}</p>`,
    ],
    { style: SWEEP_STYLE },
  );
}
