import type { StepUnit } from '../../model/record.js';
import type { Pair } from './pairs.js';

/**
 * One shape of line. Named groups of `line` say what its parts are:
 * - `step`, `total`: where the run is and where it is going to end;
 * - `epoch`, `iteration`, `length`: a place within an epoch of known length;
 * - `rest`: where the pairs of names and numbers stand; the whole line when there is no such group;
 * - `json`: an object of metrics;
 * - `value`: a single number, logged under `tag`;
 * - `split`: a word such as `train` or `val`;
 * - `rank`: the process that wrote the line;
 * - `key`, `setting`: one entry of the configuration.
 */
export interface LineRule {
  readonly line: RegExp;
  /** Finds the pairs in `rest`; lines without any are not of this shape. */
  readonly pairs?: (rest: string) => readonly Pair[];
  /** Tag of `value`. */
  readonly tag?: string;
  /** Further named groups of `line`, each a number that is logged under the name of the group. */
  readonly metricGroups?: readonly string[];
  /** Stands before every tag of the line. */
  readonly prefix?: string;
  /** Tags for names that would not be understood alone. */
  readonly rename?: Readonly<Record<string, string>>;
  readonly stepUnit?: StepUnit;
  /**
   * `opens`: gives its place to the lines after it; `needs`: only counts directly after such lines; `passes`: says
   * nothing, but may stand between them; `follows`: belongs to the newest line that `leads`.
   */
  readonly context?: 'opens' | 'needs' | 'passes' | 'follows';
  /** Stands before the tags of the lines that an opening line is followed by. */
  readonly opensPart?: string;
  /** Has a place and results; lines further down that only have results of another part of the data belong to it. */
  readonly leads?: true;
  /** Lines under one place count once one of them names a result: a configuration has places, too. */
  readonly needsResult?: boolean;
  /** Such lines come in a row and each replaces the one before: running means, a bar that is drawn again. */
  readonly lastCounts?: boolean;
  /** `iteration` may count over all epochs: it does when it goes on in a new one. */
  readonly mayCountOverall?: boolean;
  /** The step counts forward passes, several of which make an update when gradients are accumulated. */
  readonly countsMicroSteps?: boolean;
}

/** How one program prints its metrics. */
export interface Dialect {
  readonly id: string;
  readonly title: string;
  readonly writtenBy: string;
  /** Stands amid lines of other shapes, those of who uses the library or wrote the loop: the general rules go on. */
  readonly accompanies?: true;
  readonly rules: readonly LineRule[];
}
