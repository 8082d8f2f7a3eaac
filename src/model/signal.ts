import type { Role } from './role.js';
import type { Series } from './series.js';

/** A series together with what it measures. */
export interface Signal {
  /** Place among the signals of its run, from 0; it never changes. */
  readonly ordinal: number;
  readonly role: Role;
  readonly series: Series;
}
