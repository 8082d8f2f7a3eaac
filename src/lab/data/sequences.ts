import { Random } from '../random.js';
import type { DataSettings } from '../settings.js';
import type { Data, SequenceBatch } from './batch.js';
import { ALPHABET, encoded, paragraph } from './text.js';

/** How sequences are to be cut. */
export interface SequenceShape {
  readonly batch: number;
  readonly context: number;
  readonly heldOut: number;
}

type Source = (random: Random) => () => readonly number[];

/** Prose by characters, or copies of random passages; the held-out set has a stream of its own. */
export function sequenceData(settings: DataSettings, shape: SequenceShape, seed: number): Data {
  const { context } = shape;
  const classes = settings.kind === 'text' ? ALPHABET.length : settings.classes + 1;
  const source: Source = settings.kind === 'text' ? textSource(context) : inductionSource(context, settings.classes);
  const endless = source(Random.forPurpose(seed, 'training data'));
  const order = Random.forPurpose(seed, 'order');
  const repeated = settings.size > 0 ? Array.from({ length: settings.size }, endless) : undefined;
  const passage = repeated === undefined ? endless : () => order.of(repeated);
  const noise = Random.forPurpose(seed, 'label noise');
  const chance = Random.forPurpose(seed, 'corruption');
  const ofHeldOut = source(new Random(0x5eed));
  const together = (passages: readonly (readonly number[])[]): SequenceBatch => cut(passages, context, settings.kind);
  return {
    classes,
    features: 0,
    heldOut: together(Array.from({ length: shape.heldOut }, ofHeldOut)),
    next: () => {
      const batch = together(Array.from({ length: shape.batch }, passage));
      return settings.labelNoise === 0
        ? batch
        : { ...batch, targets: noisy(batch.targets, classes, settings.labelNoise, noise) };
    },
    corrupted: () => {
      const any = (): number[] => Array.from({ length: context + 1 }, () => chance.below(classes));
      return cut(Array.from({ length: shape.batch }, any), context, 'text');
    },
  };
}

/** Labels of which a share is drawn anew. */
export function noisy(targets: Int32Array, classes: number, share: number, random: Random): Int32Array {
  return targets.map((target) => (target >= 0 && random.next() < share ? random.below(classes) : target));
}

/** Pieces of one long text, one behind the other. */
function textSource(context: number): Source {
  return (random) => {
    let rest: number[] = [];
    return () => {
      while (rest.length <= context) {
        rest = [...rest, ...encoded(paragraph(random))];
      }
      const piece = rest.slice(0, context + 1);
      rest = rest.slice(context);
      return piece;
    };
  };
}

/** A random passage, a mark, and the same passage again: what follows the mark can be copied, what precedes it cannot. */
function inductionSource(context: number, symbols: number): Source {
  return (random) => () => {
    const half = Math.floor(context / 2);
    const passage = Array.from({ length: half }, () => random.below(symbols));
    return [...passage, symbols, ...passage, symbols].slice(0, context + 1);
  };
}

function cut(passages: readonly (readonly number[])[], context: number, kind: DataSettings['kind']): SequenceBatch {
  const inputs = new Int32Array(passages.length * context);
  const targets = new Int32Array(passages.length * context).fill(-1);
  const asked = kind === 'induction' ? Math.floor(context / 2) : 0;
  for (const [row, passage] of passages.entries()) {
    for (let at = 0; at < context && at < passage.length; at++) {
      inputs[row * context + at] = passage[at]!;
      if (at >= asked && at + 1 < passage.length) {
        targets[row * context + at] = passage[at + 1]!;
      }
    }
  }
  return { kind: 'sequences', inputs, targets };
}
