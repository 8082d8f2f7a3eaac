import { access, copyFile, constants, mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../base/errorMessage.js';
import { MOMENTUM_STATE } from '../../checkpoints/roles.js';
import { failure, ok } from '../../base/result.js';
import type { Result } from '../../base/result.js';
import { RESCUE_FOLDER } from '../../runner/rescue/checkpoints.js';

/** How checkpoints are read and repaired: here, or in a thread of their own. */
export interface CheckpointPort {
  /** Roles of the tensors in a file. Rejects in words for what can't be read. */
  roles(file: string): Promise<readonly string[]>;
  /** Writes a copy of a file whose optimizer starts anew. Rejects in words. */
  resetMomentum(input: string, output: string): Promise<void>;
}

/** Where folders of checkpoints keep their optimizer, as Transformers and Accelerate name it. */
const OPTIMIZER_FILES = ['optimizer.pt', 'optimizer.bin'];
/** Copies of one checkpoint for several rescues of the same run. */
const MOST_COPIES = 1000;

/** The file of a checkpoint in which its momentum is, or why there is none that could be reset. */
export async function momentumFileOf(checkpoint: string, port: CheckpointPort): Promise<Result<string>> {
  const files = (await isFolder(checkpoint))
    ? (await readdir(checkpoint))
        .filter((name) => OPTIMIZER_FILES.includes(name))
        .map((name) => path.join(checkpoint, name))
    : [checkpoint];
  const [file] = files;
  if (file === undefined) {
    return failure(`${path.basename(checkpoint)} holds no file of the optimizer alone (${OPTIMIZER_FILES.join(', ')})`);
  }
  try {
    const roles = await port.roles(file);
    return roles.some((role) => MOMENTUM_STATE.some((name) => role === `optimizer/${name}`))
      ? ok(file)
      : failure(`${path.basename(file)} holds no momentum`);
  } catch (error) {
    return failure(messageOf(error));
  }
}

/** A copy of a checkpoint that a rescue starts from. */
export interface MomentumCopy {
  /** A file, or a folder that holds it. Never touched. */
  readonly checkpoint: string;
  /** The file in which the momentum is: what {@link momentumFileOf} gave. */
  readonly momentum: string;
  /** What is written; of the same name, so that its step can be told. */
  readonly copy: string;
}

/** Where a copy would go, below the folder of the run that the checkpoint is of. Nothing is written. */
export async function plannedCopy(checkpoint: string, folder: string): Promise<string> {
  const around = path.join(folder, RESCUE_FOLDER);
  for (let attempt = 1; attempt <= MOST_COPIES; attempt++) {
    const own = path.join(around, String(attempt));
    if (!(await isThere(own))) {
      return path.join(own, path.basename(checkpoint));
    }
  }
  throw new Error(`${around}: holds ${MOST_COPIES} copies already: remove those that are not needed`);
}

/** Writes the copy with its momentum set to zero. Rejects in words; what is there already is never written over. */
export async function writeCopy({ checkpoint, momentum, copy }: MomentumCopy, port: CheckpointPort): Promise<void> {
  await mkdir(path.dirname(copy), { recursive: true });
  if (momentum === checkpoint) {
    await port.resetMomentum(checkpoint, copy);
    return;
  }
  await copyFolder(checkpoint, copy, momentum);
  await port.resetMomentum(momentum, path.join(copy, path.relative(checkpoint, momentum)));
}

async function copyFolder(from: string, to: string, but: string): Promise<void> {
  await mkdir(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) {
      await copyFolder(source, target, but);
    } else if (source !== but) {
      await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    }
  }
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function isFolder(file: string): Promise<boolean> {
  return (await stat(file)).isDirectory();
}
