import type { JavaScriptAnalysis } from '../../loops/sourceAnalysis.js';
import { childOf, walk, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { EditRefused, indentUnit, quoteOf, type EditList } from '../editing/editList.js';

/** A function that a fix puts into a JavaScript or TypeScript file. */
export interface ScriptHelper {
  readonly name: string;
  /**
   * Its source in TypeScript, as it will be read there: two spaces, single quotes, semicolons. Types stand between
   * `‹` and `›`, and are left out of JavaScript; `tf` is the library.
   */
  readonly source: string;
}

const TYPES = /‹[^›]*›/g;

/** Offset of the helper where the file has it already. */
export function scriptHelperAt({ name }: ScriptHelper, { module }: JavaScriptAnalysis): number | null {
  return module.functions.find((candidate) => candidate.name === name)?.node.start ?? null;
}

/** Puts the helper behind the imports, in the style of the file. */
export function addScriptHelper(
  { name, source }: ScriptHelper,
  library: string,
  analysis: JavaScriptAnalysis,
  edits: EditList,
): void {
  const { root, lines, module, isTyped } = analysis;
  if (module.assignments.some(({ target }) => target === name)) {
    throw new EditRefused(`The name ${name} is already used in this file.`);
  }
  const unit = indentUnit(root, lines, '  ');
  const typed = source.trim().replaceAll(TYPES, (type) => (isTyped ? type.slice(1, -1) : ''));
  const quote = quoteOf(module.text);
  const code = typed
    .replaceAll(/\btf\b(?=\.)/g, library)
    .split('\n')
    .map((line) => {
      const bare = line.trimStart();
      const depth = (line.length - bare.length) / 2;
      const ended = usesSemicolons(analysis) ? bare : bare.replace(/;$/, '');
      return unit.repeat(depth) + (quote === '"' ? ended.replaceAll("'", '"') : ended);
    });
  const behind = lastImport(root, module.text);
  if (behind) {
    edits.insertAfter(behind, ['', ...code, ...(isFollowed(behind, analysis) ? [''] : [])]);
    return;
  }
  const first = root.children.find(({ type }) => type !== 'comment' && type !== 'hash_bang_line');
  if (first) {
    edits.insertBefore(first, [...code, '']);
  }
}

/** Code follows on the next line, from which a blank line is to keep apart. */
function isFollowed(statement: SyntaxNode, { lines }: JavaScriptAnalysis): boolean {
  const next = lines.lineAt(statement.end) + 1;
  return next < lines.count && lines.text.slice(lines.lineStart(next), lines.lineEnd(next)).trim() !== '';
}

/** The file ends its statements with semicolons. */
function usesSemicolons({ module: { text } }: JavaScriptAnalysis): boolean {
  return /;[ \t]*(\/\/.*)?$/m.test(text);
}

const REQUIRES = /\brequire\(/;

/** The last of the imports at the top of the file, `'use strict'` among them. */
function lastImport(root: SyntaxNode, text: string): SyntaxNode | undefined {
  const isImport = (node: SyntaxNode) =>
    node.type === 'import_statement' ||
    ((node.type === 'lexical_declaration' || node.type === 'variable_declaration') &&
      REQUIRES.test(text.slice(node.start, node.end)) &&
      node.end - node.start < 400) ||
    (node.type === 'expression_statement' &&
      (node.children[0]?.type === 'string' || /^(require|import)\(/.test(text.slice(node.start, node.end))));
  const statements = root.children.filter(({ type }) => type !== 'comment' && type !== 'hash_bang_line');
  const end = statements.findIndex((node) => !isImport(node));
  return statements.slice(0, end < 0 ? undefined : end).at(-1);
}

/**
 * The name under which the file has the whole of TensorFlow.js.
 * @throws EditRefused when it imports parts of it only
 */
export function libraryName({ root, module }: JavaScriptAnalysis): string {
  const { text } = module;
  for (const node of walk(root)) {
    if (node.type === 'namespace_import' && /tensorflow|tfjs/.test(textOfStatement(node, text))) {
      const [name] = node.children;
      return name ? text.slice(name.start, name.end) : 'tf';
    }
    if (node.type === 'variable_declarator') {
      const name = childOf(node, 'name');
      const value = childOf(node, 'value');
      if (
        name?.type === 'identifier' &&
        value &&
        /^(await )?(require|import)\(['"][^'"]*(tensorflow|tfjs)/.test(text.slice(value.start, value.end))
      ) {
        return text.slice(name.start, name.end);
      }
    }
  }
  if (module.calls.some(({ callee }) => callee?.startsWith('tf.'))) {
    return 'tf';
  }
  throw new EditRefused('This file imports single functions of TensorFlow.js: import the whole of it as tf first.');
}

function textOfStatement(node: SyntaxNode, text: string): string {
  let at = node;
  while (at.parent?.parent) {
    at = at.parent;
  }
  return text.slice(at.start, at.end);
}
