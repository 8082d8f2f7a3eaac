import type { Framework } from '../../src/model/loop.js';

/** What `models/observe.py` reports, the names depending on the check. */
export interface ModelObserved {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly losses: readonly number[];
  /** Every parameter has a finite gradient. */
  readonly trained: boolean;
  readonly before: number;
  readonly after: number;
}

/** A model in `models/` that a fix edits, and what must hold of it then. */
export interface ModelCase {
  readonly fix: string;
  readonly framework: Framework;
  readonly script: string;
  /** Function of `models/observe.py`. */
  readonly check: string;
  readonly holds: (observed: ModelObserved) => Readonly<Record<string, boolean>>;
}

/** Features of a head in all scripts: four heads of a model of 32. */
const HEAD = 8;

export const MODEL_CASES: readonly ModelCase[] = [
  ...['nanogpt', 'llama', 'vit', 'heads', 'hugging_face'].map((style): ModelCase => ({
    fix: 'qk-norm',
    framework: 'pytorch',
    script: `attention_${style}`,
    check: 'attention',
    holds: ({ missing, unexpected, trained, losses, before, after }) => ({
      'old weights load':
        unexpected.length === 0 && missing.every((name) => /\.[qk]_norm\.(?:weight|bias)$/.test(name)),
      'norms are there': missing.length >= 2,
      trains: trained && (losses.at(-1) ?? 0) < (losses[0] ?? 0),
      // |q| and |k| are at most the root of the head size each, and their product is divided by it once.
      'logits are bounded, however large the weights': after <= Math.sqrt(HEAD) * 1.001 && before > 10 * after,
    }),
  })),
];
