import type { Position } from './sourceEdit.js';

/** A mapping or a command in a configuration that sets up one training run. */
export interface SettingsBlock {
  /** The program that reads it: "transformers", "deepspeed". */
  readonly dialect: string;
  readonly from: Position;
  readonly to: Position;
}
