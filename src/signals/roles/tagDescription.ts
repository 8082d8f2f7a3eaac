import type { Role } from '../../model/role.js';

/** What a tag says of itself. */
export interface TagDescription {
  readonly role: Role;
  /** The role that it takes while the log has nothing better for it. */
  readonly standsIn?: StandIn;
}

/**
 * How a number can stand for a loss that is not logged: as one of its parts (`train/box_loss`), which do so together, or
 * as a measure (`mse`, `perplexity`), of which the first does so alone.
 */
export interface StandIn {
  readonly role: 'train/loss' | 'eval/loss';
  readonly as: 'part' | 'measure';
}
