import type { Severity } from './finding.js';
import type { Position } from './sourceEdit.js';

export const FRAMEWORKS = [
  'pytorch',
  'accelerate',
  'transformers',
  'lightning',
  'fabric',
  'keras',
  'deepspeed',
  'jax',
  'tfjs',
] as const;
export type Framework = (typeof FRAMEWORKS)[number];

export interface Clipping {
  readonly kind: 'norm' | 'value' | 'none';
  /** The limit as written, where it is a literal. */
  readonly limit?: number;
  readonly line?: number;
}

/** A mistake that is visible in the source alone. */
export interface LoopWarning {
  readonly rule: string;
  readonly severity: Severity;
  readonly line: number;
  readonly message: string;
  /** Ids of fixes that mend it. */
  readonly fixes: readonly string[];
}

/** How a person wants a rule to speak: not at all, or with another severity than its own. */
export type RuleLevel = 'off' | Severity;

/** A training loop (or the arguments that drive a library's own loop) as found in a source file. */
export interface TrainingLoop {
  readonly framework: Framework;
  readonly from: Position;
  readonly to: Position;
  readonly backward?: { readonly line: number };
  readonly step?: { readonly line: number };
  readonly zeroGrad?: { readonly line: number };
  /** Class of the optimizer in lower case ("adamw"), null when the file does not show it. */
  readonly optimizer: string | null;
  readonly scheduler: string | null;
  readonly clipping: Clipping;
  readonly amp: 'none' | 'grad-scaler' | 'bf16';
  readonly accumulation: boolean;
  readonly warnings: readonly LoopWarning[];
}
