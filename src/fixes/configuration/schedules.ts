import { unscheduledSetting } from '../editing/unscheduled.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { numberSetting, numberSettings } from '../settings.js';
import type { SettingOptions } from '../../loops/settings/settingsSource.js';
import type { Configuration } from './editedConfiguration.js';
import { valueOr, type ConfigurationFix } from './configurationFix.js';

export const decay: ConfigurationFix = {
  fix: 'linear-decay',
  change: (configuration, settings, description) =>
    valueOr(numberSetting(description, 'decay-share', settings, { above: 0 }), (share) => {
      if (share > 1) {
        return refused(`decay-share must be at most 1, not ${share}.`);
      }
      if (!configuration.isTrainers) {
        return scheduledElsewhere(configuration);
      }
      const unscheduled = unscheduledSetting(configuration.word('optimizer'));
      if (unscheduled !== null) {
        return refused(unscheduled);
      }
      const schedule = configuration.word('scheduler');
      if (schedule === null || !schedule.startsWith('constant')) {
        return configuration.there('scheduler');
      }
      if (share < 1) {
        return refused('For a decay over the last part alone, transformers wants its steps: use wsd-schedule.');
      }
      configuration.set('scheduler', 'linear');
      return configuration.edited();
    }),
};

export const cooldown: ConfigurationFix = {
  fix: 'wsd-schedule',
  change: (configuration, settings, description) => {
    const share = { above: 0, below: 1 };
    return valueOr(
      numberSettings(description, { 'cooldown-share': share, 'warmup-share': share }, settings),
      (values) => {
        const total = configuration.number('max-steps') ?? 0;
        if (configuration.isTrainers && total <= 0 && configuration.word('scheduler') !== 'warmup_stable_decay') {
          return refused('transformers wants the steps of this schedule as numbers: set max_steps first.');
        }
        const steps = (part: number) => Math.max(1, Math.round(part * total));
        const options = { num_decay_steps: steps(values['cooldown-share'] as number), decay_type: '1-sqrt' };
        const outcome = setSchedule(configuration, 'warmup_stable_decay', options);
        const warm = (configuration.number('warmup-steps') ?? 0) + (configuration.number('warmup-ratio') ?? 0);
        if (outcome.kind === 'edited' && warm <= 0) {
          configuration.set('warmup-steps', steps(values['warmup-share'] as number));
        }
        return outcome;
      },
    );
  },
};

export const restarts: ConfigurationFix = {
  fix: 'cosine-restarts',
  change: (configuration, settings, description) =>
    valueOr(numberSetting(description, 'cycles', settings, { above: 1, whole: true }), (cycles) =>
      setSchedule(configuration, 'cosine_with_restarts', { num_cycles: cycles }),
    ),
};

function setSchedule(configuration: Configuration, name: string, options: SettingOptions): LoopOutcome {
  if (!configuration.isTrainers) {
    return scheduledElsewhere(configuration);
  }
  const unscheduled = unscheduledSetting(configuration.word('optimizer'));
  if (unscheduled !== null) {
    return refused(unscheduled);
  }
  if (configuration.word('scheduler') === name) {
    return configuration.there('scheduler');
  }
  if (configuration.names('lr_scheduler_kwargs')) {
    return refused('lr_scheduler_kwargs holds options of the present schedule: change both together.');
  }
  configuration.set('scheduler', name);
  configuration.set('scheduler-arguments', options);
  return configuration.edited();
}

function scheduledElsewhere(configuration: Configuration): LoopOutcome {
  return refused(
    `There is no such schedule among the settings of ${configuration.program}: build it in the training script.`,
  );
}
