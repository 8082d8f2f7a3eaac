import { HTML_STYLE } from './htmlStyle.js';
import { markup } from './markup.js';
import type { Markup } from './markup.js';

export interface PageOptions {
  /** As HTML has it. */
  readonly language?: string;
  /** After the style of all reports. */
  readonly style?: Markup;
}

/** A page that stands alone: no script, nothing loaded, light or dark as the reader has it. */
export function htmlPage(title: string, body: readonly Markup[], { language = 'en', style }: PageOptions = {}): string {
  return markup`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${HTML_STYLE}${style}
</head>
<body>
${body}
</body>
</html>
`.source;
}
