/** What the live page and its host have in common. */
export const LIVE_TAGS: readonly string[] = [
  'train/loss',
  'grad_norm',
  'lr',
  'eval/accuracy',
  ...Array.from({ length: 6 }, (_, index) => `other/${index}`),
];
/** Rows before the run begins to grow. */
export const LIVE_POINTS = 100_000;
/** Ten rows a second, each in all charts. */
export const ROW_MS = 100;
/** A message on it makes the run grow. */
export const LIVE_CHANNEL = 'evenkeel-live';
