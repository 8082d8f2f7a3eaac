import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { textOf } from '../../loops/python/expressions.js';
import { statementOf } from '../../loops/python/pythonModule.js';
import { childOf } from '../../loops/syntax/syntaxNode.js';
import { EditRefused, indentUnit, quoteOf, type EditList } from './editList.js';
import { lastOfFirstImports, nameFor } from './importedNames.js';

/** A small function or class that a fix puts into the user's file. */
export interface HelperFunction {
  readonly name: string;
  /** Its lines; each leading tab stands for one level of the file's own indentation. */
  readonly code: readonly string[];
}

/** Libraries that the source of a helper may name. */
const LIBRARIES =
  /(?<![.\w])(?:torch|math|random|re|transformers|trl|jax|optax|keras|tf_keras|tensorflow)(?:\.[A-Za-z_]\w*)+/g;

/** Width of one level of indentation in the sources of helpers. */
const SOURCE_INDENT = 4;

/**
 * A helper from its Python source, which is as readable as it will stand in the user's file: one function or class at
 * the top level, indented by four spaces, with double quotes, and with libraries by their full names
 * ("torch.linalg.vector_norm"). Indentation, quotes and the names of libraries become those of the file; what the file
 * doesn't import yet is imported.
 */
export function helperFrom(source: string, analysis: PythonAnalysis, edits: EditList): HelperFunction {
  const { module } = analysis;
  const single = quoteOf(module.text) === "'";
  const named = source.trim().replaceAll(LIBRARIES, (path) => nameFor(path, module.main, analysis, edits));
  const code = named.split('\n').map((line) => {
    const bare = line.trimStart();
    const depth = (line.length - bare.length) / SOURCE_INDENT;
    return '\t'.repeat(depth) + (single && !bare.includes("'") ? inSingleQuotes(bare) : bare);
  });
  return { name: nameOfHelper(source), code };
}

/** Strings in single quotes; those of three quotes, which are documentation, stay as they are. */
function inSingleQuotes(line: string): string {
  return line.replaceAll(/"""|"/g, (mark) => (mark === '"' ? "'" : mark));
}

/** Name of the function or class that the source of a helper defines. */
export function nameOfHelper(source: string): string {
  const name = /^(?:def|class) (\w+)/m.exec(source.trim())?.[1];
  if (name === undefined) {
    throw new Error('the source of a helper has to define a function or a class');
  }
  return name;
}

/** Puts the helper behind the imports, where everything can use it; once, however many places need it. */
export function addHelper(helper: HelperFunction, analysis: PythonAnalysis, edits: EditList): void {
  addHelpers([helper], analysis, edits);
}

/** Puts helpers that belong together behind the imports, those first that others need; each once. */
export function addHelpers(helpers: readonly HelperFunction[], analysis: PythonAnalysis, edits: EditList): void {
  const { lines, root } = analysis;
  const missing = helpers.filter(({ name }) => definitionOf(name, analysis) === null);
  const unit = indentUnit(root, lines);
  const written = missing.flatMap(({ name, code }, index) => {
    checkUnused(name, analysis);
    const indented = code.map((line) => line.replace(/^\t+/, (tabs) => unit.repeat(tabs.length)).trimEnd());
    return index === 0 ? indented : ['', '', ...indented];
  });
  const behind = lastOfFirstImports(root.children);
  const first = root.children.find(({ type }) => type !== 'comment');
  if (behind && written.length > 0) {
    edits.insertAfter(behind, ['', '', ...written, ...blankLinesMissing(behind.end, analysis)]);
  } else if (first && written.length > 0) {
    edits.insertBefore(first, [...written, '', '']);
  }
}

/** Offset of the function or class of that name at the top level of the file, or null. */
export function definitionOf(name: string, { module }: PythonAnalysis): number | null {
  const ownFunction = module.functions.find(
    (candidate) => candidate.name === name && candidate.parent === module.main && candidate.className === null,
  );
  const ownClass = module.classes.find((node) => {
    const own = childOf(node, 'name');
    return own !== undefined && textOf(module.text, own) === name && statementOf(node).parent === module.root;
  });
  return (ownFunction?.node ?? ownClass)?.start ?? null;
}

/** @throws EditRefused when the file uses the name for something else */
export function checkUnused(name: string, { module }: PythonAnalysis): void {
  const used =
    module.functions.some((candidate) => candidate.name === name) ||
    module.assignments.some(({ target }) => target === name) ||
    module.imports.some((binding) => binding.name === name);
  if (used) {
    throw new EditRefused(`The name ${name} is already used in this file.`);
  }
}

/** Blank lines to make it two before what follows. */
function blankLinesMissing(offset: number, { lines }: PythonAnalysis): readonly string[] {
  const at = lines.lineAt(offset);
  const rest = lines.text
    .slice(lines.lineEnd(at))
    .split(/\r\n|\r|\n/)
    .slice(1);
  const blank = rest.findIndex((line) => line.trim() !== '');
  return blank < 0 ? [] : Array.from({ length: Math.max(2 - blank, 0) }, () => '');
}
