import { GrowingUint32 } from './growingUint32.js';

/** Points in a group of the lowest level, and groups of a level in one of the next. */
const FAN = 64;
/** Stands for "no finite value in this group". */
const NONE = 0xffffffff;

/** Where the smallest and the largest finite values of a range are; undefined when none is finite. */
export interface Extremes {
  readonly minimumAt: number;
  readonly maximumAt: number;
}

interface Level {
  /** Indices of points, one per complete group. */
  readonly minimumAt: GrowingUint32;
  readonly maximumAt: GrowingUint32;
  readonly open: OpenGroup;
}

/** The group of a level that is being filled. */
interface OpenGroup {
  parts: number;
  minimumAt: number;
  minimum: number;
  maximumAt: number;
  maximum: number;
}

/**
 * Finds the extremes of any range of an append-only column in O(log n), from the places of the extremes of groups
 * of 64, 64², 64³ … points. Holds places and not values, so that it costs 1/8 byte a point and rounds nothing.
 */
export class ExtremePyramid {
  private readonly levels: Level[] = [newLevel()];
  private length = 0;

  get byteLength(): number {
    return this.levels.reduce((sum, level) => sum + level.minimumAt.byteLength + level.maximumAt.byteLength, 0);
  }

  append(value: number): void {
    const index = this.length++;
    const group = (this.levels[0] as Level).open;
    if (Number.isFinite(value)) {
      widen(group, index, value, index, value);
    }
    group.parts++;
    this.closeFullGroups();
  }

  /** @param valueAt the column itself. */
  extremes(from: number, to: number, valueAt: (index: number) => number): Extremes | undefined {
    const found = newGroup();
    let index = from;
    while (index < to) {
      const level = this.largestGroupAt(index, to);
      if (level < 0) {
        const value = valueAt(index);
        if (Number.isFinite(value)) {
          widen(found, index, value, index, value);
        }
        index++;
      } else {
        const span = FAN ** (level + 1);
        this.widenByGroup(found, level, index / span, valueAt);
        index += span;
      }
    }
    return found.minimumAt === NONE ? undefined : { minimumAt: found.minimumAt, maximumAt: found.maximumAt };
  }

  /** The highest level with a complete group that starts here and ends by `to`; -1 when there is none. */
  private largestGroupAt(index: number, to: number): number {
    let level = -1;
    for (let span = FAN; index % span === 0 && index + span <= to; span *= FAN) {
      if (index / span >= (this.levels[level + 1]?.minimumAt.length ?? 0)) {
        break;
      }
      level++;
    }
    return level;
  }

  private widenByGroup(found: OpenGroup, level: number, group: number, valueAt: (index: number) => number): void {
    const { minimumAt, maximumAt } = this.levels[level] as Level;
    const lowest = minimumAt.at(group);
    if (lowest !== NONE) {
      const highest = maximumAt.at(group);
      widen(found, lowest, valueAt(lowest), highest, valueAt(highest));
    }
  }

  private closeFullGroups(): void {
    for (let depth = 0; (this.levels[depth] as Level).open.parts === FAN; depth++) {
      const level = this.levels[depth] as Level;
      const { open } = level;
      level.minimumAt.push(open.minimumAt);
      level.maximumAt.push(open.maximumAt);
      const above = (this.levels[depth + 1] ??= newLevel()).open;
      above.parts++;
      if (open.minimumAt !== NONE) {
        widen(above, open.minimumAt, open.minimum, open.maximumAt, open.maximum);
      }
      Object.assign(open, newGroup());
    }
  }
}

function newLevel(): Level {
  return { minimumAt: new GrowingUint32(), maximumAt: new GrowingUint32(), open: newGroup() };
}

function newGroup(): OpenGroup {
  return { parts: 0, minimumAt: NONE, minimum: Infinity, maximumAt: NONE, maximum: -Infinity };
}

function widen(group: OpenGroup, minimumAt: number, minimum: number, maximumAt: number, maximum: number): void {
  if (group.minimumAt === NONE || minimum < group.minimum) {
    group.minimum = minimum;
    group.minimumAt = minimumAt;
  }
  if (group.maximumAt === NONE || maximum > group.maximum) {
    group.maximum = maximum;
    group.maximumAt = maximumAt;
  }
}
