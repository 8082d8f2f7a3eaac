import type { LoopWarning, TrainingLoop } from '../model/loop.js';
import type { NotebookProgram } from './notebookProgram.js';

/** A place in a notebook: a line from 0 in a cell; the cell is named where it is not that of the loop. */
export interface CellLine {
  readonly line: number;
  readonly cell?: number;
}

/** A loop of a notebook. All its lines count in its own cell unless they name another. */
export interface NotebookLoop extends Omit<TrainingLoop, 'backward' | 'step' | 'zeroGrad' | 'warnings' | 'clipping'> {
  /** Number of the cell in which it begins. */
  readonly cell: number;
  readonly backward?: CellLine;
  readonly step?: CellLine;
  readonly zeroGrad?: CellLine;
  readonly clipping: Omit<TrainingLoop['clipping'], 'line'> & Partial<CellLine>;
  readonly warnings: readonly (LoopWarning & CellLine)[];
}

/**
 * The loops of a notebook's program by the cells in which they stand: an optimizer that an earlier cell builds and a
 * training step that another defines belong to the loop that uses them.
 */
export function loopsInCells(loops: readonly TrainingLoop[], program: NotebookProgram): readonly NotebookLoop[] {
  return loops.map((loop) => inCells(loop, program));
}

function inCells(loop: TrainingLoop, program: NotebookProgram): NotebookLoop {
  const { backward, step, zeroGrad, clipping, warnings, from, to, ...rest } = loop;
  const own = program.placeOf(from.line);
  const start = from.line - own.line;
  const place = (at: number): CellLine => {
    const { cell, line } = program.placeOf(at);
    return { line, ...(cell === own.cell ? {} : { cell }) };
  };
  return {
    ...rest,
    cell: own.cell,
    from: { ...from, line: own.line },
    to: { ...to, line: to.line - start },
    ...(backward && { backward: place(backward.line) }),
    ...(step && { step: place(step.line) }),
    ...(zeroGrad && { zeroGrad: place(zeroGrad.line) }),
    clipping: clipping.line === undefined ? clipping : { ...clipping, ...place(clipping.line) },
    warnings: warnings.map((warning) => ({ ...warning, ...place(warning.line) })),
  };
}
