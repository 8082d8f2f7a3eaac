import { stat } from 'node:fs/promises';
import path from 'node:path';

/** What stands for a checkpoint of many files, in the order in which it is looked for in a folder. */
export const MAIN_FILES: readonly string[] = ['.metadata', 'model.safetensors.index.json', 'pytorch_model.bin.index.json', 'model.json', 'model.safetensors', 'pytorch_model.bin', 'adapter_model.safetensors', 'adapter_model.bin', 'diffusion_pytorch_model.safetensors']; // prettier-ignore

export function isMainFile(name: string): boolean {
  return MAIN_FILES.includes(name);
}

/** The file that stands for the checkpoint in a folder; undefined where there is none of the usual names. */
export async function mainFileIn(folder: string): Promise<string | undefined> {
  for (const name of MAIN_FILES) {
    const file = path.join(folder, name);
    if (await isFile(file)) {
      return file;
    }
  }
  return undefined;
}

export async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}
