import { HTML_STYLE } from './htmlStyle.js';
import { markup } from './markup.js';
import type { Markup } from './markup.js';

/** A page that stands alone: no script, nothing loaded, light or dark as the reader has it. */
export function htmlPage(title: string, body: readonly Markup[]): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${HTML_STYLE}
</head>
<body>
${body}
</body>
</html>
`.source;
}
