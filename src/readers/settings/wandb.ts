import { isObject } from '../json/flatten.js';
import { parseJson, parseYaml, settingsOfDocument } from './documents.js';
import { splitPath } from './paths.js';
import type { SettingsFormat, SettingsPlace } from './settingsFormat.js';

/** `run-20240131_120000-1a2b3c4d`, `offline-run-…`: the folder of one run, with its files in `files`. */
const RUN_FOLDER = /^(?:offline-)?run-\d{8}_\d{6}-/;

/** What `wandb-metadata.json` says of the job itself; host, user and disks are nobody's settings. */
const TELLING = ['program', 'args', 'python', 'gpu', 'gpu_count', 'cpu_count', 'git'];

/** @param path absolute. The folder of the W&B run that a file of it lies in. */
export function wandbRunFolder(path: string): string | undefined {
  for (let { folder } = splitPath(path); folder !== ''; folder = splitPath(folder).folder) {
    if (RUN_FOLDER.test(splitPath(folder).name)) {
      return folder;
    }
  }
  return undefined;
}

export const wandbConfig: SettingsFormat = {
  id: 'wandb-config',
  savedBy: 'wandb (files/config.yaml)',
  place: (path) => placeOf(path, /^config\.yaml$/),
  read: (_path, text) => settingsOfDocument(parseYaml(text), withoutWrapping),
};

export const wandbMetadata: SettingsFormat = {
  id: 'wandb-metadata',
  savedBy: 'wandb (files/wandb-metadata.json)',
  place: (path) => placeOf(path, /^wandb-metadata\.json$/),
  read: (_path, text) =>
    settingsOfDocument(parseJson(text), (object) => ({
      metadata: Object.fromEntries(TELLING.flatMap((key) => (key in object ? [[key, object[key]]] : []))),
    })),
};

function placeOf(path: string, name: RegExp): SettingsPlace | undefined {
  const folder = name.test(splitPath(path).name) ? wandbRunFolder(path) : undefined;
  return folder === undefined ? undefined : { folder, reach: 'inside' };
}

/** W&B puts each value into an object with a description; what is its own begins with `_wandb` or `wandb_`. */
export function withoutWrapping(object: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(object)
      .filter(([key]) => key !== '_wandb' && key !== 'wandb_version')
      .map(([key, value]) => [key, isWrapped(value) ? value['value'] : value]),
  );
}

function isWrapped(value: unknown): value is { readonly value: unknown } {
  return isObject(value) && 'value' in value && Object.keys(value).every((key) => key === 'value' || key === 'desc');
}
