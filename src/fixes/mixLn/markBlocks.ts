import type { BlockStack } from '../../loops/python/blockStacks.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { indentUnit, type EditList } from '../editing/editList.js';
import { freeName } from '../editing/freeName.js';

/** Turns a switch of the first blocks of each list, behind the statement that builds it. */
export function markBlocks(
  stacks: readonly BlockStack[],
  setting: string,
  share: number,
  { root, lines }: PythonAnalysis,
  edits: EditList,
): void {
  for (const { code, statement, owner } of stacks) {
    const block = freeName(['block', 'layer', 'early_block'], owner, lines.text);
    edits.insertAfter(statement, [
      `for ${block} in ${code}[: max(1, round(${share} * len(${code})))]:`,
      `${indentUnit(root, lines)}${block}.${setting}`,
    ]);
  }
}
