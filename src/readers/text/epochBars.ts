import { mixedPairs } from './pairs.js';
import type { TableRow } from './tableRow.js';

/** ` [====>....]  Step: 12ms | Tot: 1s | Loss: 1.234 | Acc: 45.000% (450/1000)   99/391 ` of pytorch-cifar. */
const CIFAR = /^ ?\[=*>\.*\] +Step: \S+ \| Tot: [^|]+?(?: \| (?<rest>.*?))? +(?<done>\d+)\/(?<total>\d+) *$/;
/** `Processing |####    | (99/391) Data: 0.001s | Batch: 0.05s | Total: 0:00:20 | ETA: 0:00:01 | Loss: 1.2 | top1: 45.1`. */
const CLASSIFICATION =
  /^[A-Z]\w+ \|[# ]+\| \((?<done>\d+)\/(?<total>\d+)\) (?<rest>.*\| Total: .*? \| ETA: [^|]*\| .*)$/;
/** `Epoch: 3`, `Epoch: [3 | 164] LR: 0.1`. */
const HEADING = /^\W*epoch:? *\[?(?<epoch>\d+)\b/i;
/** Times of the batch, and the counts behind a share of right answers. */
const TIMES = /^(?:data|batch|total|eta)$/i;
/** Under one epoch: the training, then the evaluation. */
const PREFIXES: readonly string[] = ['', 'test/'];

/**
 * Bars that show running means and have no name, under a line that tells the epoch: that of the training and, when it
 * is filled, that of the evaluation. A whole bar is a row of its epoch.
 */
export class EpochBars {
  #epoch = NaN;
  /** How many bars were filled in this epoch. */
  #filled = 0;

  /** The row that a filled bar is, `'drawn'` for one that still grows, undefined for any other line. */
  read(line: string): TableRow | 'drawn' | undefined {
    const heading = HEADING.exec(line)?.groups;
    if (heading !== undefined) {
      this.#epoch = Number(heading['epoch']);
      this.#filled = 0;
      return undefined;
    }
    const { done, total, rest = '' } = (CIFAR.exec(line) ?? CLASSIFICATION.exec(line))?.groups ?? {};
    if (done === undefined || Number.isNaN(this.#epoch)) {
      return undefined;
    }
    const prefix = PREFIXES[this.#filled];
    if (done !== total || prefix === undefined) {
      return 'drawn';
    }
    this.#filled++;
    const pairs = mixedPairs(rest).filter(({ name }) => !TIMES.test(name));
    return { step: NaN, epoch: this.#epoch, total: NaN, prefix, pairs };
  }
}
