import type { JavaScriptAnalysis, PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { textOf } from '../../loops/python/expressions.js';
import type { LocatedCall } from '../../loops/python/pythonModule.js';
import { childOf, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { addKeyword } from '../editing/callArguments.js';
import { EditRefused, type EditList } from '../editing/editList.js';
import type { NumberSource } from '../editing/numberSource.js';
import type { LoopOutcome } from '../loopFix.js';

export interface Aim {
  readonly factor: number;
  /** The learning rate that the user asked for, null for a share of the present one. */
  readonly rate: number | null;
  /** Comment that tells what the number was, by which a share that was taken already is known. */
  readonly mark: string;
}

/** What tells that a share was taken already: another share of it would need a new decision. */
export const LOWERED = 'learning rate lowered from';

/** Writes a smaller number in place of the literal, and beside it what it was. */
export function lowerNumber(
  { node, value, option }: NumberSource,
  aim: Aim,
  analysis: PythonAnalysis | JavaScriptAnalysis,
  edits: EditList,
): LoopOutcome {
  const { module, lines } = analysis;
  const line = lines.lineAt(node.end);
  if (isMarked(line, aim, analysis) ? aim.rate === null : aim.rate !== null && value <= aim.rate) {
    return { kind: 'already-there', line };
  }
  if (value <= 0) {
    throw new EditRefused(`The learning rate is ${value}.`);
  }
  if (aim.rate !== null && value <= aim.rate) {
    return { kind: 'already-there', line };
  }
  const written = textOf(module.text, node);
  edits.replace(node, numberLike(written, aim.rate ?? value * aim.factor));
  if (!isMarked(line, aim, analysis)) {
    noteWhatWas(line, written, aim, analysis, edits);
  }
  return { kind: 'edited', notes: option ? ['A value that is passed on the command line still wins.'] : [] };
}

/** Adds the learning rate to a call that had the default of its library. */
export function lowerDefault(
  call: LocatedCall,
  keyword: string,
  value: number,
  aim: Aim,
  analysis: PythonAnalysis,
  edits: EditList,
): LoopOutcome {
  const list = childOf(call.node, 'arguments') ?? call.node;
  const last = list.children.findLast(({ type }) => type !== 'comment');
  const line = analysis.lines.lineAt(last?.end ?? list.start);
  if (aim.rate !== null && value <= aim.rate) {
    return { kind: 'already-there', line };
  }
  addKeyword(call, `${keyword}=${numberLike('1e-3', aim.rate ?? value * aim.factor)}`, analysis, edits);
  noteWhatWas(line, `${value}`, aim, analysis, edits);
  return { kind: 'edited', notes: [`The learning rate was the default, ${value}.`] };
}

export function isMarked(line: number, { mark }: Aim, { lines }: PythonAnalysis | JavaScriptAnalysis): boolean {
  return lines.text.slice(lines.lineStart(line), lines.lineEnd(line)).includes(mark);
}

/** Tells behind the line what the learning rate was. */
export function noteWhatWas(
  line: number,
  written: string,
  { mark }: Aim,
  { lines, root, language }: PythonAnalysis | JavaScriptAnalysis,
  edits: EditList,
): void {
  const end = lines.lineEnd(line);
  const code = lines.text.slice(lines.lineStart(line), end);
  if (code.trimEnd().endsWith('\\') || isInString(root, end)) {
    throw new EditRefused(`Line ${line + 1} leaves no place to note what the learning rate was.`);
  }
  const sign = language === 'python' ? '#' : '//';
  edits.insert(end, `${code.endsWith(' ') ? ' ' : '  '}${sign} ${mark} ${written}`);
}

function isInString(root: SyntaxNode, offset: number): boolean {
  let at: SyntaxNode | undefined = root;
  while (at && at.type !== 'string' && at.type !== 'template_string') {
    at = at.children.find(({ start, end }) => start < offset && offset < end);
  }
  return at !== undefined;
}

/** Three digits in the notation of the number that is replaced: "3e-4" or "0.0003". */
export function numberLike(written: string, value: number): string {
  const short = Number(value.toPrecision(3));
  const text = /e/i.test(written) ? short.toExponential() : String(short);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
