import { NEEDS } from '../bf16InsteadOfFp16/bfloatInArguments.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { numberSettings } from '../settings.js';
import type { Configuration } from './editedConfiguration.js';
import { valueOr, type ConfigurationFix } from './configurationFix.js';

/** Half precisions by the names that programs give them, and the same with bfloat16. */
const BRAIN: ReadonlyMap<string, string> = new Map([
  ['fp16', 'bf16'],
  ['16', 'bf16'],
  ['16-mixed', 'bf16-mixed'],
  ['16-true', 'bf16-true'],
  ['float16', 'bfloat16'],
]);

export const brainFloat: ConfigurationFix = {
  fix: 'bf16-instead-of-fp16',
  change: (configuration) => (configuration.has('precision') ? inPrecision(configuration) : inSwitches(configuration)),
};

function inPrecision(configuration: Configuration): LoopOutcome {
  const word = configuration.word('precision') ?? '';
  if (/^b(f16|float16)/.test(word)) {
    return configuration.there('precision');
  }
  const brain = BRAIN.get(word);
  if (brain === undefined) {
    return refused(`float16 is not switched on here: the precision is ${word || 'not set'}.`);
  }
  configuration.set('precision', brain);
  return configuration.edited(NEEDS);
}

function inSwitches(configuration: Configuration): LoopOutcome {
  // axolotl finds out by itself with "auto".
  if (configuration.dialect === 'axolotl' && configuration.all('bf16').some(({ current }) => current === 'auto')) {
    return configuration.there('bf16');
  }
  if (configuration.switched('bf16') === true) {
    return configuration.there('bf16');
  }
  if (configuration.switched('fp16') !== true) {
    return refused('float16 is not switched on here.');
  }
  if (!configuration.isTrainers && configuration.dialect !== 'deepspeed' && !configuration.has('bf16')) {
    return refused(`Whether ${configuration.program} knows bfloat16, and by which name, can't be told from this file.`);
  }
  if (configuration.has('bf16') || configuration.dialect === 'deepspeed') {
    configuration.set('fp16', false);
    configuration.set('bf16', true);
  } else {
    configuration.rename('fp16', 'bf16');
  }
  return configuration.edited(NEEDS);
}

/** Defaults of DeepSpeed's fp16 section [doc deepspeed config-json, FP16 training options]. */
const DEEPSPEED_SCALE_POWER = 16;
const DEEPSPEED_WINDOW = 1000;

export const lossScale: ConfigurationFix = {
  fix: 'dynamic-loss-scale',
  change: (configuration, settings, description) => {
    const bounds = { 'initial-scale': { above: 0 }, 'growth-interval': { above: 0, whole: true } };
    return valueOr(numberSettings(description, bounds, settings), (values) => {
      if (configuration.dialect !== 'deepspeed') {
        return refused(`There is no loss scale among the settings of ${configuration.program}: use bf16 instead.`);
      }
      if (configuration.switched('fp16') !== true) {
        return refused('float16 is not switched on here, so there is no loss scale.');
      }
      const power = Math.round(Math.log2(values['initial-scale'] as number));
      const window = values['growth-interval'] as number;
      // Zero means dynamic; any other number is a scale that stays.
      if ((configuration.number('loss-scale') ?? 0) !== 0) {
        configuration.set('loss-scale', 0);
      }
      if ((configuration.number('initial-scale-power') ?? DEEPSPEED_SCALE_POWER) > power) {
        configuration.set('initial-scale-power', power);
      }
      if ((configuration.number('loss-scale-window') ?? DEEPSPEED_WINDOW) < window) {
        configuration.set('loss-scale-window', window);
      }
      return configuration.edited();
    });
  },
};
