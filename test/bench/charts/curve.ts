/** The curve that both charts draw: its points are computed wherever they are needed, not carried. */
export const POINTS = 10_000_000;
export const TAG = 'train/loss';
export const SPIKE = { step: 6_543_210, value: 9 };

/** A falling loss with noise of its own for each step, and one step that stands out. */
export function lossAt(step: number): number {
  return step === SPIKE.step ? SPIKE.value : 2 + 4 * Math.exp(-step / 1.5e6) + 0.4 * noise(step);
}

/** Uniform in [-0.5, 0.5), by an integer hash (the finaliser of MurmurHash3). */
function noise(step: number): number {
  let hash = Math.imul(step ^ (step >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32 - 0.5;
}
