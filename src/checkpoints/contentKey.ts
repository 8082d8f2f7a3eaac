import type { Checkpoint, CheckpointTensor } from './checkpoint.js';
import { CheckpointError } from './checkpointError.js';
import { elementCount, elementType } from './elementTypes.js';
import type { Cancellation } from './source.js';
import { PieceBuffers } from './statistics/pieceBuffers.js';
import { SPECTRUM_ELEMENTS } from './statistics/spectrum.js';

/**
 * By what statistics of a checkpoint may be kept and shown again. Two keys, since the sure one costs a pass over all
 * bytes:
 *
 * - {@link contentKey} is of every element and of all that statistics depend on. Equal keys: equal statistics.
 * - {@link glanceKey} is of the description and of a little of many tensors. Different: the content is another one.
 *   Equal: it may be the same. Every step of an optimizer changes it; a change of single elements need not.
 *
 * Statistics may be shown again without the pass only while the file system, too, says that none of the files was
 * touched (device, inode, size, times of modification and of change in nanoseconds, all older than the coarsest clock
 * of a file system when they were read), and the glance is the same. In all other cases the content key decides.
 */

/** Takes in bytes one stretch after the other; SHA-256, or one as strong. */
export interface Digest {
  update(bytes: Uint8Array): void;
  hex(): string;
}

/** Goes up whenever the same elements come to have other statistics, so that none of before are shown. */
export const STATISTICS_VERSION = 1;

/** How many tensors a glance looks into, evenly over the checkpoint, and how many bytes it takes of each. */
const GLANCED_TENSORS = 512;
const GLANCED_BYTES = 4096;

/** The content key, taken in while statistics are computed: the `content` of their options. */
export class ContentDigest {
  readonly #digest: Digest;
  #bytes = 0;
  #isWhole = true;

  /** @param spectrumElements as in the options of the statistics */
  constructor(digest: Digest, spectrumElements = SPECTRUM_ELEMENTS) {
    this.#digest = digest;
    this.#text(['statistics', STATISTICS_VERSION, spectrumElements]);
  }

  /** Takes in what a tensor is; its elements follow. */
  begin({ name, dtype, shape, role, parameter, bytes, data }: CheckpointTensor): void {
    const where = 'unreadable' in data ? [data.unreadable] : data.order;
    this.#text([this.#bytes, name, dtype, shape, role, parameter ?? null, bytes, where]);
    this.#bytes = 0;
  }

  /** Takes in elements of the tensor that was begun last. */
  add(piece: Uint8Array): void {
    this.#digest.update(piece);
    this.#bytes += piece.length;
  }

  /** Elements that could not be read may be readable another time. */
  fail(): void {
    this.#isWhole = false;
  }

  /** Undefined when not all elements were read: then nothing may be kept. */
  key(): string | undefined {
    this.#text([this.#bytes]);
    const hex = this.#digest.hex();
    return this.#isWhole ? hex : undefined;
  }

  #text(value: unknown): void {
    this.#digest.update(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
  }
}

export interface ContentKeyOptions {
  readonly cancellation?: Cancellation;
  readonly spectrumElements?: number;
}

/** The content key, by a pass over all elements and without computing anything of them. */
export async function contentKey(
  checkpoint: Checkpoint,
  digest: Digest,
  options: ContentKeyOptions = {},
): Promise<string | undefined> {
  const content = new ContentDigest(digest, options.spectrumElements);
  const buffers = new PieceBuffers();
  for (const tensor of checkpoint.tensors) {
    options.cancellation?.throwIfAborted();
    content.begin(tensor);
    const type = elementType(tensor.dtype);
    if ('unreadable' in tensor.data || !type || elementCount(tensor.shape) === undefined) {
      continue;
    }
    try {
      await buffers.forEach(tensor.data.open(), type.size, (piece) => content.add(piece), options);
    } catch (error) {
      if (!(error instanceof CheckpointError)) {
        throw error;
      }
      content.fail();
    }
  }
  return content.key();
}

/** A key that is cheap, and that differs only if the content does: at most 2 MiB of elements are read for it. */
export async function glanceKey(checkpoint: Checkpoint, digest: Digest): Promise<string | undefined> {
  const content = new ContentDigest(digest);
  const { tensors } = checkpoint;
  const stride = Math.max(1, tensors.length / GLANCED_TENSORS);
  const glanced = new Set(Array.from({ length: GLANCED_TENSORS }, (_, index) => Math.floor(index * stride)));
  const buffer = new Uint8Array(GLANCED_BYTES);
  for (const [index, tensor] of tensors.entries()) {
    content.begin(tensor);
    if (!glanced.has(index) || 'unreadable' in tensor.data || !elementType(tensor.dtype)) {
      continue;
    }
    try {
      content.add(buffer.subarray(0, await tensor.data.open().next(buffer)));
    } catch (error) {
      if (!(error instanceof CheckpointError)) {
        throw error;
      }
      content.fail();
    }
  }
  return content.key();
}
