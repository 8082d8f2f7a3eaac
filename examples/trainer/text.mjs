import { readFileSync } from 'node:fs';

/** Share of the text, at its end, that is kept for evaluation. */
const HELD_OUT = 0.1;

/**
 * The text as numbers of characters, split into a training and an evaluation part.
 * @param {URL} file
 */
export function loadText(file) {
  const text = readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
  const alphabet = [...new Set(text)].sort();
  const numberOf = new Map(alphabet.map((character, index) => [character, index]));
  const codes = Uint8Array.from(text, (character) => numberOf.get(character));
  const border = Math.floor(codes.length * (1 - HELD_OUT));
  return { alphabet, train: codes.subarray(0, border), held: codes.subarray(border) };
}

/**
 * Random windows of the text: `size` rows of `context` characters, each with the character that follows.
 * `weights` says how much each row counts in the loss that is minimised; 1 in all good data.
 */
export function sampleBatch(codes, size, context, random) {
  const inputs = new Uint8Array(size * context);
  const targets = new Uint8Array(size);
  for (let row = 0; row < size; row++) {
    const start = Math.floor(random() * (codes.length - context));
    inputs.set(codes.subarray(start, start + context), row * context);
    targets[row] = codes[start + context];
  }
  return { inputs, targets, size, weights: new Float64Array(size).fill(1) };
}
