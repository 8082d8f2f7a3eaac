import { refused, type LoopOutcome } from '../loopFix.js';
import { numberSettings } from '../settings.js';
import {
  STEPS_OF_UNKNOWN_RUN,
  transformersVersion,
  WHOLE_STEPS_NOTE,
  WITHOUT_WARMUP,
} from '../editing/transformersVersion.js';
import type { Configuration } from './editedConfiguration.js';
import { valueOr, type ConfigurationFix } from './configurationFix.js';

interface Wish {
  readonly steps: number;
  /** The steps were asked for; otherwise a share of the run is better. */
  readonly chosen: boolean;
  readonly ratio: number;
  readonly version: string;
}

export const warmup: ConfigurationFix = {
  fix: 'add-warmup',
  change: (configuration, settings, description) => {
    const bounds = { 'warmup-steps': { above: 0, whole: true }, 'warmup-ratio': { above: 0, below: 1 } };
    return valueOr(numberSettings(description, bounds, settings), (values) => {
      const version = String(settings['transformers'] ?? 'auto');
      if (!['auto', '4', '5'].includes(version)) {
        return refused(`transformers must be 4, 5 or auto, not "${version}".`);
      }
      const wish: Wish = {
        steps: values['warmup-steps'] as number,
        chosen: settings['warmup-steps'] !== undefined,
        ratio: values['warmup-ratio'] as number,
        version,
      };
      if (configuration.dialect === 'deepspeed') {
        return warmUpDeepSpeed(configuration, wish);
      }
      return configuration.isTrainers ? warmUpTrainer(configuration, wish) : warmUpOther(configuration, wish);
    });
  },
};

/** Schedules of axolotl that rise by themselves [doc axolotl config reference]. */
const AXOLOTLS_OWN = new Set(['one_cycle', 'log_sweep']);

function warmUpTrainer(configuration: Configuration, wish: Wish): LoopOutcome {
  const schedule = configuration.word('scheduler');
  if (schedule !== null && (WITHOUT_WARMUP.has(schedule) || AXOLOTLS_OWN.has(schedule))) {
    return refused(`The schedule ${schedule} takes no warmup.`);
  }
  const active = (['warmup-ratio', 'warmup-steps'] as const).find((role) => (configuration.number(role) ?? 0) > 0);
  const constant = schedule === 'constant';
  if (active && !constant) {
    return configuration.there(active);
  }
  if (constant) {
    configuration.set('scheduler', 'constant_with_warmup');
  }
  if (active) {
    return configuration.edited();
  }
  const isAxolotls = configuration.dialect === 'axolotl';
  if (isAxolotls && !constant && !configuration.has('warmup-steps') && !configuration.has('warmup-ratio')) {
    // Without a word axolotl warms up over 3 % of the run, at most 100 steps [code axolotl core/builders/base.py].
    return configuration.there();
  }
  return writeWarmup(configuration, wish);
}

function writeWarmup(configuration: Configuration, { steps, chosen, ratio, version }: Wish): LoopOutcome {
  const total = configuration.number('max-steps') ?? 0;
  if (chosen || total > 0) {
    configuration.set('warmup-steps', chosen ? steps : Math.max(1, Math.round(total * ratio)));
    return configuration.edited();
  }
  if (configuration.has('warmup-steps') && configuration.dialect === 'axolotl') {
    // The two exclude each other there.
    configuration.set('warmup-steps', STEPS_OF_UNKNOWN_RUN);
    return configuration.edited(lengthNote(STEPS_OF_UNKNOWN_RUN));
  }
  const byNames = transformersVersion((name) => configuration.names(name));
  const ofProgram = configuration.dialect === 'transformers' ? null : '4';
  const major = version === 'auto' ? (byNames ?? ofProgram) : version;
  if (major === null) {
    configuration.set('warmup-steps', STEPS_OF_UNKNOWN_RUN);
    return configuration.edited(WHOLE_STEPS_NOTE);
  }
  configuration.set(major === '4' ? 'warmup-ratio' : 'warmup-steps', ratio);
  return configuration.edited();
}

/** Schedulers of DeepSpeed that begin with a warmup [doc deepspeed config-json, schedulers]. */
const WARMING = new Set(['WarmupLR', 'WarmupDecayLR', 'WarmupCosineLR']);

function warmUpDeepSpeed(configuration: Configuration, { steps }: Wish): LoopOutcome {
  const scheduler = configuration.word('scheduler');
  if (scheduler === null) {
    return refused(
      configuration.isFilledElsewhere
        ? "The Trainer's own schedule runs here: set the warmup among its arguments."
        : 'This configuration has no scheduler, so the schedule is built by the script: warm it up there.',
    );
  }
  if (!WARMING.has(scheduler)) {
    return refused(`DeepSpeed's ${scheduler} has no warmup: choose WarmupLR or WarmupDecayLR.`);
  }
  // DeepSpeed's own default is 1000 steps [code deepspeed/runtime/lr_schedules.py].
  if (!configuration.has('warmup-steps') || (configuration.number('warmup-steps') ?? 0) > 1) {
    return configuration.there('warmup-steps');
  }
  configuration.set('warmup-steps', steps);
  return configuration.edited(lengthNote(steps));
}

function warmUpOther(configuration: Configuration, { steps, ratio }: Wish): LoopOutcome {
  const role = (['warmup-ratio', 'warmup-steps'] as const).find((candidate) => configuration.has(candidate));
  if (!role) {
    return refused(
      configuration.dialect === 'lightning'
        ? 'The LightningCLI steps its scheduler once an epoch: build the warmup in configure_optimizers.'
        : configuration.dialect === 'hydra'
          ? 'The module that Hydra builds makes its schedule in configure_optimizers: make this fix in its Python file.'
          : `How ${configuration.program} is told a warmup can't be told from this file.`,
    );
  }
  if ((configuration.number(role) ?? 0) > 0) {
    return configuration.there(role);
  }
  if (configuration.word('scheduler') === 'constant') {
    return refused('A constant schedule may not look at the warmup: choose another one first.');
  }
  configuration.set(role, role === 'warmup-ratio' ? ratio : steps);
  return configuration.edited(...(role === 'warmup-ratio' ? [] : [lengthNote(steps)]));
}

function lengthNote(steps: number): string {
  return `The learning rate rises over ${steps} optimizer steps; choose fewer if that is more than a tenth of the run.`;
}
