import type { TreeRow } from './treeRows.js';

/** A row with what stands under it. */
export interface RowBranch {
  readonly row: TreeRow;
  readonly under: readonly TreeRow[];
}

/**
 * What has to be drawn anew: ids of upper rows that look different, or have something different under them; `all` when
 * rows came, went or changed places. A tree that is redrawn as a whole every second can't be worked with.
 */
export function changedRows(before: readonly RowBranch[], after: readonly RowBranch[]): 'all' | readonly string[] {
  const isSameOrder =
    before.length === after.length && before.every(({ row }, index) => row.id === after[index]?.row.id);
  if (!isSameOrder) {
    return 'all';
  }
  return after.filter((branch, index) => looksOf(branch) !== looksOf(before[index])).map(({ row }) => row.id);
}

/** Everything of a branch that can be seen, as one text. */
function looksOf(branch: RowBranch | undefined): string {
  const rows = branch ? [branch.row, ...branch.under] : [];
  return JSON.stringify(rows.map(({ target: _target, ...seen }) => seen));
}
