import { isObject } from '../json/flatten.js';
import { parseJson } from './documents.js';
import { splitPath } from './paths.js';
import type { Settings, SettingsFormat } from './settingsFormat.js';

const NAME = 'lab-run.json';
/** Keeps the record of a run of the lab apart from any other file of this name; its value is the layout's version. */
const MARK = 'evenkeelLab';

/** What Evenkeel's lab writes of a run that it has trained on a proxy (`src/lab/experiments/runStore.ts`). */
export const evenkeelLab: SettingsFormat = {
  id: 'evenkeel-lab',
  savedBy: 'evenkeel lab (lab-run.json)',
  place: (path) => {
    const { folder, name } = splitPath(path);
    return name === NAME ? { folder, reach: 'inside' } : undefined;
  },
  namesRun: () => true,
  read: (_path, text) => {
    const parsed = parseJson(text);
    return 'value' in parsed && isObject(parsed.value) && MARK in parsed.value
      ? settingsOf(parsed.value)
      : { values: {} };
  },
};

function settingsOf({ label, seed, backend, parameters }: Readonly<Record<string, unknown>>): Settings {
  const arm = typeof label === 'string' ? label : 'unnamed';
  return {
    values: {
      'lab/arm': arm,
      ...(typeof seed === 'number' ? { 'lab/seed': seed } : {}),
      ...(typeof backend === 'string' ? { 'lab/backend': backend } : {}),
      ...(typeof parameters === 'number' ? { 'lab/parameters': parameters } : {}),
    },
    runName: `Lab: ${arm}${typeof seed === 'number' ? `, seed ${seed}` : ''}`,
    outcome: 'finished',
  };
}
