import { table } from '../../base/table.js';

/** Whose a number is: of the data that is learned from, or of data that is held out. */
export type Phase = 'train' | 'eval';

/** Words that put a number into the training or the evaluation phase. */
const PHASE_WORDS = table<Phase>({
  train: 'train',
  training: 'train',
  tr: 'train',
  eval: 'eval',
  evaluation: 'eval',
  val: 'eval',
  valid: 'eval',
  validation: 'eval',
  test: 'eval',
  testing: 'eval',
  dev: 'eval',
  holdout: 'eval',
  heldout: 'eval',
});

/** Words that say how a number was gathered, not what it measures. */
const DECORATIONS: ReadonlySet<string> = new Set([
  'epoch',
  'step',
  'batch',
  'iter',
  'iteration',
  'avg',
  'average',
  'mean',
  'running',
  'smoothed',
  'inner',
]);

/** A tag cut up. */
export interface TagName {
  /** As logged. */
  readonly tag: string;
  /** Folders as logged, the last entry (the leaf) apart. */
  readonly folders: readonly string[];
  readonly leaf: string;
  readonly leafWords: readonly string[];
  /** Words of all folders and the leaf, in order. */
  readonly words: readonly string[];
  readonly phase: Phase | undefined;
}

/**
 * Cuts a tag into folders (at `/`) and words (at `_`, `-`, `.`, blanks and capital letters), so that `train/grad_norm`,
 * `train_grad_norm`, `Train/GradNorm` and `train grad-norm` are one name.
 */
export function parseTag(tag: string): TagName {
  const parts = tag
    .split('/')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const leaf = parts.at(-1) ?? '';
  const folders = parts.slice(0, -1);
  const leafWords = wordsOf(leaf);
  const folderWords = folders.flatMap(wordsOf);
  return {
    tag,
    folders,
    leaf,
    leafWords,
    words: [...folderWords, ...leafWords],
    phase: phaseOf(leafWords) ?? phaseOf(folderWords),
  };
}

function phaseOf(words: readonly string[]): Phase | undefined {
  return words.map((word) => PHASE_WORDS[word]).find((found) => found !== undefined);
}

/** The words of a folder or a leaf, in lower case. */
export function wordsOf(part: string): string[] {
  return part
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9@%]+/)
    .filter((word) => word !== '');
}

/** The words that say what is measured: neither of the phase nor of how the number was gathered. */
export function ownWords(words: readonly string[]): string[] {
  return words.filter((word) => PHASE_WORDS[word] === undefined && !DECORATIONS.has(word));
}

/** {@link ownWords}, joined by blanks. */
export function bare(words: readonly string[]): string {
  return ownWords(words).join(' ');
}

/** The words that say nothing of the phase. */
export function withoutPhase(words: readonly string[]): string[] {
  return words.filter((word) => PHASE_WORDS[word] === undefined);
}

/** Megatron writes every curve twice, the second time with samples for steps ("lm loss vs samples"). */
export function countsSamples({ leafWords }: TagName): boolean {
  const at = leafWords.indexOf('vs');
  return at > 0 && leafWords.length === at + 2;
}
