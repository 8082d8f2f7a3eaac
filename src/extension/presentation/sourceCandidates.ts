import type { SourceLanguage } from '../../model/sourceLanguage.js';

/** Words of which a file with a training loop holds at least one; saves looking into the others. */
const TRAINING_WORDS = /\.backward\(|TrainingArguments|Trainer\(|\.fit\(|LightningModule/;

/** Whether it is worth looking for a training loop in a text. */
export function mayTrain(text: string): boolean {
  return TRAINING_WORDS.test(text);
}

/** TensorFlow.js by any of its names: without one, a file of JavaScript trains nothing that is known here. */
const TENSORFLOW_JS = /tensorflow|tfjs|\btf\./;

/** Whether a text in JavaScript or TypeScript is worth handing to the engine: most have nothing to do with training. */
export function mayTrainInJavaScript(text: string): boolean {
  return TENSORFLOW_JS.test(text);
}

/** Names of which every configuration of a training run has one; most files have none and need no parsing. */
const SETTING_WORDS =
  /learning[_-]rate|\blr\b|max_grad_norm|clip[_-]grad|gradient_clip|num_train_epochs|zero_optimization|mixed_precision|seed_everything|max_epochs/;

/** Whether a configuration or a script is worth handing to the engine. */
export function maySetUpTraining(text: string): boolean {
  return SETTING_WORDS.test(text);
}

/** Paths by how many folders they share with a place, the most first; then by name. */
export function byNearness(place: string): (a: string, b: string) => number {
  const segments = place.split(/[\\/]/);
  const shared = (path: string): number => {
    const own = path.split(/[\\/]/);
    const differs = segments.findIndex((segment, index) => segment !== own[index]);
    return differs < 0 ? segments.length : differs;
  };
  return (a, b) => shared(b) - shared(a) || (a < b ? -1 : a > b ? 1 : 0);
}

/** What a file that may hold a training loop is written in, by its name; null for every other file. */
export function languageOfFile(path: string): SourceLanguage | null {
  const extension = /\.[cm]?(py|ipynb|js|ts)$/i.exec(path)?.[1]?.toLowerCase();
  switch (extension) {
    case 'py':
      return 'python';
    case 'ipynb':
      return 'notebook';
    case 'js':
      return 'javascript';
    case 'ts':
      return 'typescript';
    default:
      return null;
  }
}
