import type { Position } from './sourceEdit.js';

/** A part of a model's own code that fixes of the model work on: a residual block, an attention, a layer of PyTorch. */
export interface ModelBlock {
  /** Name of the class, as defined or called: "Block", "TransformerEncoderLayer". */
  readonly name: string;
  readonly from: Position;
  readonly to: Position;
}
