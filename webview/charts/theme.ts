import type { Disposable } from '../../src/base/disposable.js';
import type { Severity } from '../../src/model/finding.js';
import { legible } from './legible.js';

/** What the canvases draw with, read from the editor's theme. */
export interface ChartTheme {
  readonly foreground: string;
  readonly muted: string;
  readonly grid: string;
  readonly background: string;
  readonly series: readonly string[];
  readonly severity: Readonly<Record<Severity, string>>;
  readonly fontFamily: string;
  readonly highContrast: boolean;
}

/** Blue and orange first: the pair that all kinds of colour vision tell apart. Red is kept for what is wrong. */
const SERIES_TOKENS = ['charts-blue', 'charts-orange', 'charts-green', 'charts-purple', 'charts-yellow', 'foreground'];

export function readTheme(): ChartTheme {
  const style = getComputedStyle(document.body);
  const token = (name: string, ...fallbacks: readonly string[]): string =>
    [name, ...fallbacks].map((each) => style.getPropertyValue(`--vscode-${each}`).trim()).find(Boolean) ?? style.color;
  return {
    foreground: token('foreground'),
    muted: token('descriptionForeground', 'foreground'),
    grid: `color-mix(in srgb, ${token('charts-lines', 'foreground')} 30%, transparent)`,
    background: token('editor-background'),
    series: SERIES_TOKENS.map((name) => legible(token(name), token('editor-background'), token('foreground'))),
    severity: {
      error: token('charts-red', 'errorForeground'),
      warning: token('charts-yellow', 'editorWarning-foreground'),
      info: token('charts-blue', 'editorInfo-foreground'),
    },
    fontFamily: token('font-family'),
    highContrast: document.body.classList.contains('vscode-high-contrast'),
  };
}

/** Calls back when the editor switches its theme, which shows as new classes and styles on the page's elements. */
export function onThemeChange(listener: () => void): Disposable {
  const observer = new MutationObserver(listener);
  const attributes = { attributes: true, attributeFilter: ['class', 'style', 'data-vscode-theme-id'] };
  observer.observe(document.body, attributes);
  observer.observe(document.documentElement, attributes);
  return {
    dispose: () => {
      observer.disconnect();
    },
  };
}
