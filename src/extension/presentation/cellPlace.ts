import * as l10n from '@vscode/l10n';
import type { NotebookProgram } from '../../loops/notebookProgram.js';
import type { FixOutcome } from '../../model/fix.js';
import type { TrainingLoop } from '../../model/loop.js';

/** One cell of the program that a notebook's code cells are. */
export interface CellPlace {
  readonly program: NotebookProgram;
  readonly cell: number;
}

/** The loops of the program that begin in the cell, by the cell's own lines; what stands in other cells is left out. */
export function loopsInCell(loops: readonly TrainingLoop[], place: CellPlace): readonly TrainingLoop[] {
  return loops.filter(({ from }) => ownLine(from.line, place) !== undefined).map((loop) => inCell(loop, place));
}

/**
 * A fix of the program as one of the cell; null where it reaches into other cells, so that the cell alone has to be
 * asked.
 */
export function outcomeInCell(outcome: FixOutcome, place: CellPlace): FixOutcome | null {
  switch (outcome.kind) {
    case 'refused':
      return outcome;
    case 'already-there': {
      const line = ownLine(outcome.line, place);
      return line === undefined
        ? { kind: 'refused', reason: l10n.t('It is already there, in another cell of this notebook.') }
        : { ...outcome, line };
    }
    case 'edits': {
      const edits = place.program.editsOfCells(outcome.edits);
      const own = typeof edits === 'string' ? undefined : edits.get(place.cell);
      return typeof edits !== 'string' && own && edits.size === 1 ? { ...outcome, edits: own } : null;
    }
  }
}

function inCell(loop: TrainingLoop, place: CellPlace): TrainingLoop {
  const { backward, step, zeroGrad, clipping, from, to, ...rest } = loop;
  const { line: clippingLine, ...clippingElsewhere } = clipping;
  const first = from.line - place.program.placeOf(from.line).line;
  const placed = <Key extends string>(key: Key, at: { readonly line: number } | undefined) => {
    const line = at && ownLine(at.line, place);
    return line === undefined ? {} : ({ [key]: { line } } as Record<Key, { line: number }>);
  };
  const ownClipping = clippingLine === undefined ? undefined : ownLine(clippingLine, place);
  return {
    ...rest,
    from: { ...from, line: from.line - first },
    to: { ...to, line: Math.min(to.line - first, place.program.lineCountOf(place.cell) - 1) },
    ...placed('backward', backward),
    ...placed('step', step),
    ...placed('zeroGrad', zeroGrad),
    clipping: ownClipping === undefined ? clippingElsewhere : { ...clipping, line: ownClipping },
    warnings: loop.warnings.flatMap((warning) => {
      const line = ownLine(warning.line, place);
      return line === undefined ? [] : [{ ...warning, line }];
    }),
  };
}

/** The cell's own number of a line of the program; undefined for lines of other cells. */
function ownLine(line: number, { program, cell }: CellPlace): number | undefined {
  const place = program.placeOf(line);
  return place.cell === cell ? place.line : undefined;
}
