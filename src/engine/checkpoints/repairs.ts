import { copyFile, constants, link, open, rename, rm, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { CheckpointError } from '../../checkpoints/checkpointError.js';
import type { OpenedCheckpoint } from '../../checkpoints/formats.js';
import { averageWeights, averageToSafetensors } from '../../checkpoints/repair/average.js';
import { extractWeights, toSafetensors } from '../../checkpoints/repair/extract.js';
import type { Bytes, Patches, RepairSummary } from '../../checkpoints/repair/patch.js';
import { resetMomentum } from '../../checkpoints/repair/resetMomentum.js';
import { isMissing } from '../fileErrors.js';
import { withCheckpoint } from './reports.js';

/** Writes a copy of a checkpoint whose optimizer starts anew. The weights keep their bytes. */
export function resetMomentumInCopy(input: string, output: string, signal: AbortSignal): Promise<RepairSummary> {
  return withCheckpoint(input, (checkpoint, files) =>
    patchedCopy(files.path, output, [input], signal, (readBack) => resetMomentum(files.main, checkpoint, readBack)),
  );
}

/** Writes the mean of the weights of several checkpoints; everything else is that of the last of them. */
export async function averageIntoFile(
  inputs: readonly string[],
  output: string,
  signal: AbortSignal,
): Promise<RepairSummary> {
  const withAll = async (rest: readonly string[], opened: readonly OpenedCheckpoint[]): Promise<RepairSummary> => {
    const [next, ...further] = rest;
    if (next === undefined) {
      return newFile(output, inputs, signal, averageToSafetensors(opened));
    }
    return withCheckpoint(next, (checkpoint, files) => {
      const all = [...opened, checkpoint];
      return further.length > 0 || isConversion(output, checkpoint)
        ? withAll(further, all)
        : patchedCopy(files.path, output, inputs, signal, (readBack) => averageWeights(files.main, all, readBack));
    });
  };
  return withAll(inputs, []);
}

/** An output that is named otherwise than the format of the inputs is converted. */
function isConversion(output: string, { format }: OpenedCheckpoint): boolean {
  return /\.safetensors$/i.test(output) && format !== 'safetensors';
}

/** Writes the weights alone, as safetensors. */
export function extractWeightsIntoFile(input: string, output: string, signal: AbortSignal): Promise<RepairSummary> {
  return converted(input, output, signal, extractWeights);
}

/** Writes every tensor as safetensors. */
export function convertToSafetensors(input: string, output: string, signal: AbortSignal): Promise<RepairSummary> {
  return converted(input, output, signal, toSafetensors);
}

function converted(
  input: string,
  output: string,
  signal: AbortSignal,
  convert: (checkpoint: OpenedCheckpoint) => Bytes,
): Promise<RepairSummary> {
  if (!/\.safetensors$/i.test(output)) {
    throw new CheckpointError(`${output}: what is written is safetensors`, 0, 'name a file that ends in .safetensors');
  }
  return withCheckpoint(input, (checkpoint) => newFile(output, [input], signal, convert(checkpoint)));
}

type ReadBack = (offset: number, target: Uint8Array) => Promise<number>;

async function patchedCopy(
  source: string,
  output: string,
  inputs: readonly string[],
  signal: AbortSignal,
  repair: (readBack: ReadBack) => Patches,
): Promise<RepairSummary> {
  return appear(output, inputs, async (temporary) => {
    await copyFile(source, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    return withHandle(temporary, 'r+', async (handle) => {
      const readBack: ReadBack = async (offset, target) =>
        (await handle.read(target, 0, target.length, offset)).bytesRead;
      const patches = repair(readBack);
      for (;;) {
        const step = await patches.next();
        if (step.done) {
          return step.value;
        }
        signal.throwIfAborted();
        await writeAll(handle, step.value.bytes, step.value.offset);
      }
    });
  });
}

function newFile(output: string, inputs: readonly string[], signal: AbortSignal, bytes: Bytes): Promise<RepairSummary> {
  return appear(output, inputs, (temporary) =>
    withHandle(temporary, 'wx', async (handle) => {
      for (let offset = 0; ;) {
        const step = await bytes.next();
        if (step.done) {
          return step.value;
        }
        signal.throwIfAborted();
        await writeAll(handle, step.value, offset);
        offset += step.value.length;
      }
    }),
  );
}

/** A file appears under its name when it is whole and on the disk, or not at all; one that is there already stays. */
async function appear<Result>(
  output: string,
  inputs: readonly string[],
  write: (temporary: string) => Promise<Result>,
): Promise<Result> {
  await refuseExisting(output, inputs);
  const temporary = `${output}.unfinished-${process.pid}`;
  try {
    const result = await write(temporary);
    await putInPlace(temporary, output);
    return result;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function refuseExisting(output: string, inputs: readonly string[]): Promise<void> {
  const there = await statOf(output);
  if (!there) {
    return;
  }
  const sources = await Promise.all(inputs.map(statOf));
  const isInput = sources.some((source) => source && source.ino === there.ino && source.dev === there.dev);
  if (isInput || there.size > 0 || !there.isFile()) {
    throw new CheckpointError(
      isInput ? `${output} is one of the inputs, which are never written to` : `${output} exists already`,
      0,
      'name another file',
    );
  }
}

/** Without taking the place of a file that has come there meanwhile; an empty one may go. */
async function putInPlace(temporary: string, output: string): Promise<void> {
  if (await statOf(output)) {
    await rename(temporary, output);
    return;
  }
  try {
    await link(temporary, output);
    await unlink(temporary);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new CheckpointError(`${output} exists already`, 0, 'name another file');
    }
    // Some file systems have no links.
    await rename(temporary, output);
  }
}

async function statOf(file: string): Promise<Awaited<ReturnType<typeof stat>> | undefined> {
  try {
    return await stat(file);
  } catch (error) {
    if (isMissing(error)) {
      return undefined;
    }
    throw error;
  }
}

async function withHandle<Result>(
  file: string,
  flags: string,
  use: (handle: FileHandle) => Promise<Result>,
): Promise<Result> {
  const handle = await open(file, flags);
  try {
    const result = await use(handle);
    await handle.sync();
    return result;
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
}
