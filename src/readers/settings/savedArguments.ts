import { parseJson, parseYaml, settingsOfDocument } from './documents.js';
import { splitPath } from './paths.js';
import type { Settings, SettingsFormat, SettingsPlace } from './settingsFormat.js';
import { isTrainingConfiguration } from './trainingWords.js';
import { withoutWrapping } from './wandb.js';

/** Names that only the settings of a run have. */
const CERTAIN = /^(?:hparams|hyper_?params|hyper_?parameters|training_?args|train_?args|all_?args)\.(?:ya?ml|json)$/i;
/** Names that the settings of a run have, and of models, data and tools as well: their content tells. */
const GENERAL =
  /^(?:(?:train(?:ing)?|run|experiment|exp|full|resolved)[._-]?)?(?:config|cfg|conf|args|arguments|params|parameters|opts?|hyp|settings|flags)\.(?:ya?ml|json)$/i;

/** `hparams.yaml` of Lightning and other files that hold nothing but what a run was started with. */
export const hyperparameters: SettingsFormat = {
  id: 'hyperparameters',
  savedBy: 'Lightning (hparams.yaml), the Trainer and scripts that dump their arguments',
  place: (path) => placeOf(path, CERTAIN),
  read: readDocument,
};

/** `config.json`, `args.yaml` and the like, where they plainly configure training. */
export const savedArguments: SettingsFormat = {
  id: 'arguments',
  savedBy:
    'Ultralytics (args.yaml), detectron2 and LightningCLI (config.yaml), ms-swift (args.json), Ray (params.json)',
  place: (path) => placeOf(path, GENERAL),
  read: (path, text) => {
    const settings = readDocument(path, text);
    return isTrainingConfiguration(Object.keys(settings.values)) ? settings : { values: {} };
  },
};

function placeOf(path: string, names: RegExp): SettingsPlace | undefined {
  const { folder, name } = splitPath(path);
  return names.test(name) ? { folder, reach: 'beside' } : undefined;
}

function readDocument(path: string, text: string): Settings {
  return settingsOfDocument(/\.json$/i.test(path) ? parseJson(text) : parseYaml(text), withoutWrapping);
}
