/**
 * What can be planted in a run. `since` counts steps from the one at which it begins; it is negative before.
 * Only causes are planted: what follows from them is computed.
 */

/** The damaged shard holds this many batches and comes round once in so many steps. */
const SHARD_BATCHES = 4;
const SHARD_PERIOD = 60;
/** What the weight of one row reads as there; it was 1 when it was written. */
const DAMAGED_WEIGHT = 300;

const unchanged = { batch: (batch) => batch, learningRate: (rate) => rate };

export const TROUBLES = {
  none: unchanged,

  /** In one shard of the data a row's weight was damaged: that row outvotes the rest of its batch. */
  'corrupted-batch': {
    ...unchanged,
    batch: (batch, since) =>
      since >= 0 && since % SHARD_PERIOD < SHARD_BATCHES ? weighted(batch, DAMAGED_WEIGHT) : batch,
  },

  /** A schedule that was meant to decay the learning rate raises it instead, by 4 % a step. */
  'learning-rate': { ...unchanged, learningRate: (rate, since) => (since >= 0 ? rate * 1.04 ** since : rate) },

  /** The weight of an empty row is a mean over nothing: 0 / 0. */
  nan: { ...unchanged, batch: (batch, since) => (since === 0 ? weighted(batch, 0 / 0) : batch) },
};

function weighted(batch, weight) {
  const weights = Float64Array.from(batch.weights);
  weights[0] = weight;
  return { ...batch, weights };
}
