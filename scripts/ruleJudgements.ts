/**
 * What the rules said of well-kept public code, and how much of it a person found wrong. Counted by running
 * `evenkeel loops` over the sources that the named packages install; to be counted anew when a rule changes.
 */
export const PUBLIC_CODE = {
  loops: 561,
  files: 180,
  torchLoops: 80,
  of: 'the sources, examples and tests of accelerate, keras, lightning, optax, peft, ray, tensorflow, torch, transformers, trl, timm, open_clip, torch_geometric and sentence-transformers as they are installed',
} as const;

/** Rules that spoke there, with how often, and how often wrongly. */
const SPOKEN: Readonly<Record<string, { readonly spoken: number; readonly wrong: number }>> = {};

/** How often a rule spoke of public code. */
export function spokenIn(rule: string): { readonly spoken: number; readonly wrong: number } {
  return SPOKEN[rule] ?? { spoken: 0, wrong: 0 };
}
