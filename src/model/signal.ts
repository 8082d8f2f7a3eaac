import type { Role } from './role.js';
import type { Series } from './series.js';

/** A series together with what it measures. */
export interface Signal {
  readonly role: Role;
  readonly series: Series;
}
