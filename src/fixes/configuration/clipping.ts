import { refused, type LoopOutcome } from '../loopFix.js';
import { numberSetting } from '../settings.js';
import type { Configuration } from './editedConfiguration.js';
import { valueOr, type ConfigurationFix } from './configurationFix.js';

/** `max_grad_norm` of Hugging Face's TrainingArguments where nothing is said [code transformers training_args.py]. */
const TRAINERS_LIMIT = 1;

export const clipByNorm: ConfigurationFix = {
  fix: 'clip-gradients',
  change: (configuration, settings, description) =>
    valueOr(numberSetting(description, 'max-norm', settings, { above: 0 }), (limit) => clip(configuration, limit)),
};

function clip(configuration: Configuration, limit: number): LoopOutcome {
  if (configuration.isLightnings && isByValue(configuration)) {
    return refused(
      `The Trainer is told to clip by value (gradient_clip_algorithm on line ${configuration.lineOf('clip-algorithm')}): a run has one of the two.`,
    );
  }
  const present = configuration.number('max-grad-norm');
  const byDefault = configuration.isTrainers && !configuration.has('max-grad-norm') ? TRAINERS_LIMIT : 0;
  const active = present ?? byDefault;
  if (active > 0 && active <= limit) {
    return configuration.there('max-grad-norm');
  }
  configuration.set('max-grad-norm', limit);
  return configuration.edited();
}

function isByValue(configuration: Configuration): boolean {
  return configuration.word('clip-algorithm') === 'value' && (configuration.number('max-grad-norm') ?? 0) > 0;
}

export const clipByValue: ConfigurationFix = {
  fix: 'clip-by-value',
  change: (configuration, settings, description) =>
    configuration.isLightnings
      ? valueOr(numberSetting(description, 'limit', settings, { above: 0 }), (limit) => {
          const present = configuration.number('max-grad-norm') ?? 0;
          if (present > 0 && !isByValue(configuration)) {
            return refused(
              `The Trainer is told to clip by the norm (gradient_clip_val on line ${configuration.lineOf('max-grad-norm')}): a run has one of the two.`,
            );
          }
          if (present > 0 && present <= limit) {
            return configuration.there('max-grad-norm');
          }
          configuration.set('max-grad-norm', limit);
          configuration.set('clip-algorithm', 'value');
          return configuration.edited();
        })
      : refused(`There is no clipping by value among the settings of ${configuration.program}: clip by norm.`),
};
