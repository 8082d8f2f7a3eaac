/** What the document of a page is made of; every address is one that the webview may load. */
export interface PageResources {
  readonly nonce: string;
  readonly cspSource: string;
  readonly script: string;
  readonly style: string;
  readonly icons: string;
  readonly language: string;
  readonly title: string;
  /** Words of the page in the editor's language, by the English ones; undefined: it speaks English. */
  readonly translations?: Readonly<Record<string, string>> | undefined;
}

/**
 * The document of a page: a strict content security policy and an empty element that the script fills.
 * Nothing of a log or a checkpoint is in it; data comes by message.
 */
export function pageHtml(resources: PageResources): string {
  const { nonce, cspSource, script, style, icons, language, title, translations } = resources;
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource}`,
    `font-src ${cspSource}`,
    `img-src ${cspSource} data:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${escapeHtml(title)}</title>
  <link rel="stylesheet" href="${escapeHtml(icons)}" id="vscode-codicon-stylesheet">
  <link rel="stylesheet" href="${escapeHtml(style)}">
</head>
<body${translations ? ` data-translations="${escapeHtml(JSON.stringify(translations))}"` : ''}>
  <div id="app"></div>
  <script type="module" nonce="${escapeHtml(nonce)}" src="${escapeHtml(script)}"></script>
</body>
</html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
