import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { exportStrings } from '../../../scripts/exportStrings.js';
import { pageHtml } from '../../../src/extension/presentation/pageHtml.js';

const require = createRequire(import.meta.url);
export const RESULTS = path.resolve(import.meta.dirname, '../../../test-results/webview');

/** Serves the page on loopback: the host's own document, policy included, with the bundle as it ships. */
export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.ttf': 'font/ttf',
};

/** Documents by their addresses: the bundle of each. */
const PAGES: Readonly<Record<string, string>> = { '': 'runPage', checkpoint: 'checkpoint', lab: 'lab' };

/** @param scripts further scripts to be served, `/NAME.js` for each: their entry points by name. */
export async function startPageServer(scripts: Readonly<Record<string, string>> = {}): Promise<PageServer> {
  await mkdir(RESULTS, { recursive: true });
  const bundle = path.join(RESULTS, 'bundle');
  const { bundles } = await import('../../../scripts/build.mjs');
  await build({
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2023',
    entryPoints: scripts,
    outdir: bundle,
  });
  await build({ ...bundles.webview, outdir: bundle });
  const icons = path.dirname(require.resolve('@vscode/codicons/dist/codicon.css'));
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const name = path.basename(pathname);
    const page = PAGES[name];
    if (page !== undefined) {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end(document(`http://${request.headers.host}`, page, searchParams.has('translated')));
      return;
    }
    if (name === 'favicon.ico') {
      response.writeHead(204).end();
      return;
    }
    const folder = name.startsWith('codicon') ? icons : bundle;
    readFile(path.join(folder, name)).then(
      (content) => {
        response.writeHead(200, { 'content-type': TYPES[path.extname(name)] ?? 'application/octet-stream' });
        response.end(content);
      },
      () => {
        response.writeHead(404).end();
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function document(origin: string, bundle: string, isTranslated: boolean): string {
  return pageHtml({
    nonce: randomBytes(24).toString('base64url'),
    cspSource: origin,
    script: `${origin}/${bundle}.js`,
    style: `${origin}/${bundle}.css`,
    icons: `${origin}/codicon.css`,
    language: 'en',
    title: 'Run',
    translations: isTranslated ? marked(JSON.parse(exportStrings().text) as Record<string, string>) : undefined,
  });
}

/** A language in which each message stands in brackets, so that what is not translated is seen. */
function marked(messages: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(messages).map(([message, text]) => [message, `⟦${text}⟧`]));
}
