import { htmlPage } from '../../reports/htmlPage.js';
import { markup } from '../../reports/markup.js';

/** Blue and orange first: the pair that all kinds of colour vision tell apart. Red is kept for what is wrong. */
const SERIES_TOKENS = ['charts-blue', 'charts-orange', 'charts-green', 'charts-purple', 'foreground', 'charts-yellow'];

/**
 * At full strength, since the orange of some themes is the translucent one of their search marks, and drawn towards the
 * foreground, so that it is seen on the background.
 */
const SERIES_VARIABLES = SERIES_TOKENS.map(
  (token, index) =>
    markup`--series-${index}: color-mix(in srgb, rgb(from var(--vscode-${token}) r g b / 1) 85%, var(--vscode-foreground)); `,
);

/** The variables of reports in the colours and fonts of the editor, so that every theme is followed. */
export const SWEEP_STYLE = markup`<style>
:root {
  --text: var(--vscode-foreground); --faint: var(--vscode-descriptionForeground);
  --ground: var(--vscode-editor-background); --card: var(--vscode-editorWidget-background);
  --edge: var(--vscode-contrastBorder, var(--vscode-editorWidget-border, var(--vscode-descriptionForeground)));
  --error: var(--vscode-errorForeground); --info: var(--vscode-focusBorder);
  ${SERIES_VARIABLES}
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
