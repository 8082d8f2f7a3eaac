import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { EditRefused, indentUnit, type EditList } from './editList.js';
import { lastOfFirstImports } from './importedNames.js';

/** A small function that a fix puts into the user's file. */
export interface HelperFunction {
  readonly name: string;
  /** Its lines; each leading tab stands for one level of the file's own indentation. */
  readonly code: readonly string[];
}

/** Puts the function behind the imports, where everything can call it; once, however many places need it. */
export function addHelper({ name, code }: HelperFunction, analysis: PythonAnalysis, edits: EditList): void {
  const { module, lines, root } = analysis;
  const known = module.functions.find((candidate) => candidate.name === name);
  if (known?.parent === module.main && known.className === null) {
    return;
  }
  if (known || module.assignments.some(({ target }) => target === name) || imports(name, analysis)) {
    throw new EditRefused(`The name ${name} is already used in this file.`);
  }
  const unit = indentUnit(root, lines);
  const written = code.map((line) => line.replace(/^\t+/, (tabs) => unit.repeat(tabs.length)));
  const behind = lastOfFirstImports(root.children);
  if (behind) {
    edits.insertAfter(behind, ['', '', ...written, ...blankLinesMissing(behind.end, analysis)]);
    return;
  }
  const first = root.children.find(({ type }) => type !== 'comment');
  if (first) {
    edits.insertBefore(first, [...written, '', '']);
  }
}

function imports(name: string, { module }: PythonAnalysis): boolean {
  return module.imports.some((binding) => binding.name === name);
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
