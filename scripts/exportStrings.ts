/**
 * Writes l10n/bundle.l10n.json: every message that goes through `l10n.t`, in the host and on the pages, for translators.
 * A translation is a copy of it named `bundle.l10n.LANGUAGE.json` with other values; the manifest's words are in
 * package.nls.json likewise.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
export const BUNDLE = 'l10n/bundle.l10n.json';
/** The folders whose words people see in the editor. */
const FOLDERS = ['src/extension', 'src/reports', 'webview'] as const;

export interface ExportedStrings {
  /** As the file holds them. */
  readonly text: string;
  /** Places of messages that are put together while the program runs: nobody can translate them. */
  readonly computed: readonly string[];
}

/** All messages, by themselves. */
export function exportStrings(): ExportedStrings {
  const messages = new Set<string>();
  const computed: string[] = [];
  for (const file of FOLDERS.flatMap(sourceFiles)) {
    const source = ts.createSourceFile(file, readFileSync(path.join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && /^(vscode\.)?l10n\.t$/.test(node.expression.getText(source))) {
        const [message] = node.arguments;
        if (message && ts.isStringLiteralLike(message)) {
          messages.add(message.text);
        } else {
          computed.push(`${file}:${source.getLineAndCharacterOfPosition(node.pos).line + 1}`);
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  const sorted = [...messages].sort();
  return { text: `${JSON.stringify(Object.fromEntries(sorted.map((text) => [text, text])), null, 2)}\n`, computed };
}

function sourceFiles(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map((file) => path.posix.join(folder, file.replaceAll('\\', '/')))
    .sort();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(path.join(root, path.dirname(BUNDLE)), { recursive: true });
  writeFileSync(path.join(root, BUNDLE), exportStrings().text);
}
