import type { Setting } from '../../loops/settings/settingsSource.js';
import { EditRefused } from '../editing/editList.js';
import { LOWERED } from '../lowerLearningRate/lowerNumber.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { SCALED } from '../scaleLearningRateWithBatch/scaleLearningRateWithBatch.js';
import { numberSetting } from '../settings.js';
import type { Configuration } from './editedConfiguration.js';
import { valueOr, type ConfigurationFix } from './configurationFix.js';
import { placeForNote } from './notePlace.js';

/** Hugging Face's `learning_rate` where nothing is said [code transformers training_args.py]. */
const TRAINERS_RATE = 5e-5;

export const lowerRate: ConfigurationFix = {
  fix: 'lower-learning-rate',
  change: (configuration, settings, description) =>
    valueOr(numberSetting(description, 'factor', settings, { above: 0, below: 1 }), (factor) => {
      if ((settings['learning-rate'] ?? 'auto') === 'auto') {
        return multiply(configuration, factor, LOWERED, 'give the new rate itself, by the setting "learning-rate"');
      }
      return valueOr(numberSetting(description, 'learning-rate', settings, { above: 0 }), (rate) =>
        lowerTo(configuration, rate),
      );
    }),
};

export const scaleRateWithBatch: ConfigurationFix = {
  fix: 'scale-learning-rate-with-batch',
  change: (configuration, settings, description) =>
    valueOr(numberSetting(description, 'batch-ratio', settings, { above: 0 }), (ratio) => {
      const optimizer = lastName(configuration.word('optimizer') ?? (configuration.isTrainers ? 'adamw' : ''));
      if (/^(paged_)?adamw?(_|8bit|\d|$)/i.test(optimizer)) {
        return multiply(configuration, Math.sqrt(ratio), SCALED, BY_HAND);
      }
      return /^sgd$/i.test(optimizer)
        ? multiply(configuration, ratio, SCALED, BY_HAND)
        : refused('How the learning rate of this optimizer goes with the batch is not known.');
    }),
};

const BY_HAND = 'write the new rate into this file';

/** The class at the end of a path: "torch.optim.AdamW" → "AdamW". */
export function lastName(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

function lowerTo(configuration: Configuration, rate: number): LoopOutcome {
  const present = rateOf(configuration);
  if (present <= rate) {
    return configuration.there('learning-rate');
  }
  configuration.set('learning-rate', rate);
  return configuration.edited();
}

/** A share of the present rate; a comment tells what it was, by which a share that was taken already is known. */
function multiply(configuration: Configuration, factor: number, mark: string, otherwise: string): LoopOutcome {
  const places = configuration.all('learning-rate');
  if (places.length === 0) {
    throw new EditRefused(`The learning rate is the default of ${configuration.program}: set it to choose one.`);
  }
  if (places.some((place) => isMarked(configuration, place, mark))) {
    return configuration.there('learning-rate');
  }
  const present = rateOf(configuration);
  configuration.set('learning-rate', Number((present * factor).toPrecision(3)));
  for (const place of places) {
    const { text } = configuration.file.lines;
    const note = placeForNote(configuration, place);
    if (!note) {
      throw new EditRefused(
        `A share of the rate can be told from the whole only by a comment, for which there is no place here: ${otherwise}.`,
      );
    }
    const was = text.slice(place.value.start, place.value.end);
    configuration.insert(note.offset, `${note.before}${mark} ${was}${note.after}`);
  }
  return configuration.edited();
}

function isMarked(configuration: Configuration, place: Setting, mark: string): boolean {
  const note = placeForNote(configuration, place);
  return note !== null && note.present.includes(mark);
}

function rateOf(configuration: Configuration): number {
  const present = configuration.number('learning-rate') ?? (configuration.isTrainers ? TRAINERS_RATE : null);
  if (present === null) {
    throw new EditRefused(`The learning rate is the default of ${configuration.program}: set it to choose one.`);
  }
  if (present <= 0) {
    throw new EditRefused(`The learning rate is ${present}.`);
  }
  return present;
}
