import { FEWER_STEPS } from '../gradientAccumulation/accumulateInUnit.js';
import { refused } from '../loopFix.js';
import { numberSetting } from '../settings.js';
import { valueOr, type ConfigurationFix } from './configurationFix.js';

export const accumulation: ConfigurationFix = {
  fix: 'gradient-accumulation',
  change: (configuration, settings, description) =>
    valueOr(numberSetting(description, 'batches', settings, { above: 1, whole: true }), (batches) => {
      if ((configuration.number('accumulation') ?? 1) > 1) {
        return configuration.there('accumulation');
      }
      if (configuration.has('global-batch-size')) {
        return refused('train_batch_size says how large the batch of a step is: raise it, and DeepSpeed accumulates.');
      }
      configuration.set('accumulation', batches);
      return configuration.edited(FEWER_STEPS);
    }),
};

export const stopping: ConfigurationFix = {
  fix: 'early-stopping',
  change: (configuration, settings, description) =>
    valueOr(numberSetting(description, 'patience', settings, { above: 0, whole: true }), (patience) => {
      if (configuration.dialect !== 'axolotl') {
        return refused(
          configuration.isTrainers
            ? 'The Trainer stops early by a callback, which the training script hands to it.'
            : `Which value to watch is not among the settings of ${configuration.program}: add the callback where it is logged.`,
        );
      }
      if ((configuration.number('early-stopping') ?? 0) > 0) {
        return configuration.there('early-stopping');
      }
      if (!['val_set_size', 'test_datasets'].some((name) => configuration.names(name))) {
        return refused('Nothing is evaluated here: set val_set_size or test_datasets first.');
      }
      configuration.set('early-stopping', patience);
      return configuration.edited();
    }),
};
