import { messageOf } from '../../base/errorMessage.js';
import { decodeUtf8 } from '../text/utf8.js';
import { evenkeelJob } from './evenkeelJob.js';
import { evenkeelLab } from './evenkeelLab.js';
import { hydraConfig } from './hydra.js';
import { mlflowMeta, mlflowParameter, mlflowTag } from './mlflow.js';
import { hyperparameters, savedArguments } from './savedArguments.js';
import type { Settings, SettingsFormat, SettingsPlace } from './settingsFormat.js';
import { wandbConfig, wandbMetadata } from './wandb.js';

/** Every kind of settings file that is read, the special before the general. */
export const SETTINGS_FORMATS: readonly SettingsFormat[] = [
  mlflowParameter,
  mlflowTag,
  mlflowMeta,
  wandbConfig,
  wandbMetadata,
  evenkeelJob,
  evenkeelLab,
  hydraConfig,
  hyperparameters,
  savedArguments,
];

/** @param path absolute. What kind of settings file it is and which runs it is about; undefined: none, by its name. */
export function settingsFileAt(
  path: string,
): { readonly format: SettingsFormat; readonly place: SettingsPlace } | undefined {
  for (const format of SETTINGS_FORMATS) {
    const place = format.place(path);
    if (place) {
      return { format, place };
    }
  }
  return undefined;
}

/** Reads a file of settings; never throws. @param path absolute. */
export function readSettings(path: string, bytes: Uint8Array): Settings {
  const text = decodeUtf8(bytes).replace(/^\uFEFF/, '');
  try {
    return settingsFileAt(path)?.format.read(path, text) ?? { values: {} };
  } catch (error) {
    // Nested so deeply that going through it exhausts the stack.
    return { values: {}, problem: `not read as settings: ${messageOf(error)}` };
  }
}
