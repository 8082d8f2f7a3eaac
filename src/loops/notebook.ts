import type { LoopWarning, TrainingLoop } from '../model/loop.js';
import type { LoopFinder } from './loopFinder.js';

/** A place in a notebook: a line from 0 in a cell; the cell is named where it is not that of the loop. */
export interface CellLine {
  readonly line: number;
  readonly cell?: number;
}

/** A loop of a notebook. All its lines count in its own cell unless they name another. */
export interface NotebookLoop extends Omit<TrainingLoop, 'backward' | 'step' | 'zeroGrad' | 'warnings' | 'clipping'> {
  /** Place of the cell among those that were handed over, from 0. */
  readonly cell: number;
  readonly backward?: CellLine;
  readonly step?: CellLine;
  readonly zeroGrad?: CellLine;
  readonly clipping: Omit<TrainingLoop['clipping'], 'line'> & Partial<CellLine>;
  readonly warnings: readonly (LoopWarning & CellLine)[];
}

/**
 * The loops of a notebook's code cells, read as the one program that they are: an optimizer that an earlier cell builds
 * and a training step that another defines belong to the loop that uses them.
 */
export function findInNotebook(finder: LoopFinder, cells: readonly string[]): readonly NotebookLoop[] {
  const texts = cells.map((cell) => cell.replaceAll(/\r\n?/g, '\n'));
  const starts: number[] = [];
  let line = 0;
  for (const text of texts) {
    starts.push(line);
    line += text.split('\n').length;
  }
  const cellOf = (at: number) => starts.findLastIndex((start) => start <= at);
  return finder.find(texts.join('\n'), 'notebook').map((loop) => inCells(loop, starts, cellOf));
}

function inCells(loop: TrainingLoop, starts: readonly number[], cellOf: (line: number) => number): NotebookLoop {
  const own = cellOf(loop.from.line);
  const start = starts[own] ?? 0;
  const place = (line: number): CellLine => {
    const cell = cellOf(line);
    return { line: line - (starts[cell] ?? 0), ...(cell === own ? {} : { cell }) };
  };
  const { backward, step, zeroGrad, clipping, warnings, from, to, ...rest } = loop;
  return {
    ...rest,
    cell: own,
    from: { ...from, line: from.line - start },
    to: { ...to, line: to.line - start },
    ...(backward && { backward: place(backward.line) }),
    ...(step && { step: place(step.line) }),
    ...(zeroGrad && { zeroGrad: place(zeroGrad.line) }),
    clipping: clipping.line === undefined ? clipping : { ...clipping, ...place(clipping.line) },
    warnings: warnings.map((warning) => ({ ...warning, ...place(warning.line) })),
  };
}
