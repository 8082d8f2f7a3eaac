import type { SettingRole } from '../../loops/settings/settingsSource.js';
import { EditRefused } from '../editing/editList.js';
import { ADAM_KIND } from '../optimizerKinds.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { numberSetting, type NumberBounds } from '../settings.js';
import type { Configuration } from './editedConfiguration.js';
import { valueOr, type ConfigurationFix } from './configurationFix.js';
import { lastName } from './learningRate.js';

interface NumberOfOptimizer {
  readonly fix: string;
  readonly setting: string;
  readonly bounds: NumberBounds;
  readonly role: SettingRole;
  /** What Adam takes where nothing is said: in Hugging Face's Trainer, and in PyTorch and DeepSpeed. */
  readonly byDefault: { readonly trainer: number; readonly torch: number };
  readonly suffices: (present: number, wanted: number) => boolean;
  readonly refuses?: (configuration: Configuration, wanted: number) => string | null;
  readonly note: string;
}

function numberOfOptimizer(made: NumberOfOptimizer): ConfigurationFix {
  return {
    fix: made.fix,
    change: (configuration, settings, description) =>
      valueOr(numberSetting(description, made.setting, settings, made.bounds), (wanted) => {
        const kind = kindOf(configuration);
        const reason = kind === 'other' ? 'Whether this optimizer takes it like Adam is not known.' : null;
        const refusal = reason ?? made.refuses?.(configuration, wanted) ?? null;
        return refusal === null ? setNumber(made, configuration, wanted, kind) : refused(refusal);
      }),
  };
}

function setNumber(
  { role, byDefault, suffices, note }: NumberOfOptimizer,
  configuration: Configuration,
  wanted: number,
  kind: 'adam' | 'trainer' | 'unknown' | 'other',
): LoopOutcome {
  const present = configuration.number(role);
  if (present === null && kind === 'unknown') {
    throw new EditRefused(`Which optimizer runs, and how it is told, can't be told from this file.`);
  }
  if (suffices(present ?? (kind === 'trainer' ? byDefault.trainer : byDefault.torch), wanted)) {
    return configuration.there(role);
  }
  configuration.set(role, wanted);
  return configuration.edited(note);
}

/** Whether Adam runs: by its name, or because the Trainer takes it where nothing is said. */
function kindOf(configuration: Configuration): 'adam' | 'trainer' | 'unknown' | 'other' {
  const word = configuration.word('optimizer');
  if (configuration.isTrainers) {
    return word === null || /^(paged_)?(adamw|ademamix)/i.test(word) ? 'trainer' : 'other';
  }
  if (word === null) {
    return 'unknown';
  }
  const name = lastName(word);
  return ADAM_KIND.has(name) || /^(fused)?adamw?$/i.test(name) ? 'adam' : 'other';
}

export const raiseSecondBeta = numberOfOptimizer({
  fix: 'raise-beta2',
  setting: 'beta2',
  bounds: { above: 0, below: 1 },
  role: 'beta2',
  byDefault: { trainer: 0.999, torch: 0.999 },
  suffices: (present, wanted) => present >= wanted,
  note: 'A run that is resumed takes beta2 from the saved state of the optimizer.',
});

export const lowerSecondBeta = numberOfOptimizer({
  fix: 'lower-beta2',
  setting: 'beta2',
  bounds: { above: 0, below: 1 },
  role: 'beta2',
  byDefault: { trainer: 0.999, torch: 0.999 },
  suffices: (present, wanted) => present <= wanted,
  note: 'A run that is resumed takes beta2 from the saved state of the optimizer.',
});

export const smallEpsilon = numberOfOptimizer({
  fix: 'smaller-epsilon',
  setting: 'epsilon',
  bounds: { above: 0 },
  role: 'epsilon',
  byDefault: { trainer: 1e-8, torch: 1e-8 },
  suffices: (present, wanted) => present <= wanted,
  note: 'A run that is resumed takes epsilon from the saved state of the optimizer.',
});

/** Largest learning rate times weight decay that is safe: a hundredth of the weights a step. */
const LARGEST_SHRINKING = 1e-2;

export const muchWeightDecay = numberOfOptimizer({
  fix: 'weight-decay-for-repeated-data',
  setting: 'weight-decay',
  bounds: { above: 0 },
  role: 'weight-decay',
  byDefault: { trainer: 0, torch: 0.01 },
  suffices: (present, wanted) => present >= wanted,
  refuses: (configuration, wanted) => {
    if (['model_name_or_path', 'base_model'].some((name) => configuration.names(name))) {
      return 'The weights are pretrained here: so much decay would destroy what they know.';
    }
    if (!configuration.isTrainers && !isDecoupled(configuration)) {
      return 'Only AdamW keeps the weight decay apart from the gradient; for others the number means something else.';
    }
    const rate = configuration.number('learning-rate') ?? 0;
    return rate * wanted >= LARGEST_SHRINKING
      ? `At a learning rate of ${rate} each step would shrink the weights by ${(rate * wanted * 100).toPrecision(2)} %: choose a smaller weight-decay.`
      : null;
  },
  note: 'Tune the learning rate and the number of epochs anew.',
});

/** DeepSpeed's Adam is AdamW unless it is told otherwise [doc deepspeed config-json, optimizer parameters]. */
function isDecoupled(configuration: Configuration): boolean {
  const name = lastName(configuration.word('optimizer') ?? '');
  const isDeepSpeeds = configuration.dialect === 'deepspeed' && /^adam$/i.test(name);
  return /^adamw$/i.test(name) || (isDeepSpeeds && configuration.switched('decoupled-decay') !== false);
}

export const decoupledDecay: ConfigurationFix = {
  fix: 'adamw-instead-of-adam',
  change: (configuration) => {
    if (configuration.isTrainers) {
      const word = configuration.word('optimizer');
      return word === null || /adamw/i.test(word)
        ? configuration.there('optimizer')
        : refused('The optimizer is not Adam.');
    }
    const word = configuration.word('optimizer');
    const name = lastName(word ?? '');
    if (isDecoupled(configuration)) {
      return configuration.there('optimizer');
    }
    if (!/^adam$/i.test(name) || word === null) {
      return refused(word === null ? 'Which optimizer runs is not written here.' : `${word} is not Adam.`);
    }
    if ((configuration.number('weight-decay') ?? 0) === 0) {
      return refused('No weight decay is set here, and without any AdamW does the same as Adam.');
    }
    if (configuration.dialect === 'deepspeed') {
      configuration.set('decoupled-decay', true);
    } else if (configuration.isLightnings && /^torch\.optim\.(adam\.)?Adam$/.test(word)) {
      configuration.set('optimizer', 'torch.optim.AdamW');
    } else {
      return refused(`Whether ${configuration.program} knows AdamW, and by which name, can't be told from this file.`);
    }
    return configuration.edited(
      'The weight decay now means something else: the best one for AdamW is mostly larger (0.01 to 0.1).',
    );
  },
};
