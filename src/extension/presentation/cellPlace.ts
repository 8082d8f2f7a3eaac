import * as l10n from '@vscode/l10n';
import { withoutMagics } from '../../loops/python/magics.js';
import type { FixOutcome } from '../../model/fix.js';
import type { TrainingLoop } from '../../model/loop.js';

/** Where a cell stands among the lines of its notebook's code cells, joined to the one program that they are. */
export interface CellPlace {
  readonly program: string;
  readonly firstLine: number;
  readonly lineCount: number;
}

/** @param cells texts of the code cells in order, of which the one at `index` is meant. */
export function placeOfCell(cells: readonly string[], index: number): CellPlace {
  const texts = cells.map(withoutMagics);
  const linesOf = (text: string): number => text.split('\n').length;
  return {
    program: texts.join('\n'),
    firstLine: texts.slice(0, index).reduce((lines, text) => lines + linesOf(text), 0),
    lineCount: linesOf(texts[index] ?? ''),
  };
}

/** The loops of the program that begin in the cell, by the cell's own lines; what stands in other cells is left out. */
export function loopsInCell(loops: readonly TrainingLoop[], place: CellPlace): readonly TrainingLoop[] {
  return loops.filter(({ from }) => isInside(from.line, place)).map((loop) => inCell(loop, place));
}

/**
 * A fix of the program as one of the cell; null where it reaches into other cells, so that the cell alone has to be
 * asked.
 */
export function outcomeInCell(outcome: FixOutcome, place: CellPlace): FixOutcome | null {
  switch (outcome.kind) {
    case 'refused':
      return outcome;
    case 'already-there':
      return isInside(outcome.line, place)
        ? { ...outcome, line: outcome.line - place.firstLine }
        : { kind: 'refused', reason: l10n.t('It is already there, in another cell of this notebook.') };
    case 'edits': {
      const isOwn = outcome.edits.every(
        ({ range }) => isInside(range.start.line, place) && isInside(range.end.line, place),
      );
      const shifted = outcome.edits.map((edit) => ({
        ...edit,
        range: {
          start: { ...edit.range.start, line: edit.range.start.line - place.firstLine },
          end: { ...edit.range.end, line: edit.range.end.line - place.firstLine },
        },
      }));
      return isOwn ? { ...outcome, edits: shifted } : null;
    }
  }
}

function inCell(loop: TrainingLoop, place: CellPlace): TrainingLoop {
  const { backward, step, zeroGrad, clipping, ...rest } = loop;
  const { line: clippingLine, ...clippingElsewhere } = clipping;
  const own = (line: number): number => line - place.firstLine;
  const placed = <Key extends string>(key: Key, at: { readonly line: number } | undefined) =>
    at && isInside(at.line, place) ? ({ [key]: { line: own(at.line) } } as Record<Key, { line: number }>) : {};
  return {
    ...rest,
    from: { ...rest.from, line: own(rest.from.line) },
    to: { ...rest.to, line: Math.min(own(rest.to.line), place.lineCount - 1) },
    ...placed('backward', backward),
    ...placed('step', step),
    ...placed('zeroGrad', zeroGrad),
    clipping:
      clippingLine !== undefined && isInside(clippingLine, place)
        ? { ...clipping, line: own(clippingLine) }
        : clippingElsewhere,
    warnings: loop.warnings
      .filter(({ line }) => isInside(line, place))
      .map((warning) => ({ ...warning, line: own(warning.line) })),
  };
}

function isInside(line: number, { firstLine, lineCount }: CellPlace): boolean {
  return line >= firstLine && line < firstLine + lineCount;
}
