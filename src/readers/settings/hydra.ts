import { parseYaml, settingsOfDocument } from './documents.js';
import { splitPath } from './paths.js';
import type { SettingsFormat } from './settingsFormat.js';

/** The configuration that a job was started with, composed by hydra in its output folder. */
export const hydraConfig: SettingsFormat = {
  id: 'hydra',
  savedBy: 'hydra (.hydra/config.yaml)',
  place: (path) => {
    const { folder, name } = splitPath(path);
    const isConfig = name === 'config.yaml' && splitPath(folder).name === '.hydra';
    return isConfig ? { folder: splitPath(folder).folder, reach: 'inside' } : undefined;
  },
  read: (_path, text) => settingsOfDocument(parseYaml(text)),
};
