import { isResultName } from '../rows/columnNames.js';
import { assignedPairs, countOf, loosePairs, scaledOf, type Pair } from './pairs.js';

/** One drawing of a progress bar. */
export interface Bar {
  readonly label: string;
  readonly done: number;
  /** NaN where the bar has no end. */
  readonly total: number;
  /** The step that the label names, NaN where it names none. */
  readonly step: number;
  readonly pairs: readonly Pair[];
  /** The metrics stand in the label, before the bar. */
  readonly hasMetricLabel: boolean;
  /** The program counts the epochs in its labels from 0. */
  readonly epochsFromZero: boolean;
  /** What another writer printed behind the bar, on the same line. */
  readonly after: string;
}

const COUNT = '(\\d[\\d.]*[kMGT]?)';

/** tqdm: `train:  10%|█   | 10/100 [00:05<00:45,  2.0it/s, loss=2.5]`. */
const TQDM = new RegExp(`^(.*?)\\s*\\d+%\\|[^|]*\\|\\s*${COUNT}\\/${COUNT}\\s*\\[([^\\]]*)\\]?(.*)$`);
/** tqdm without an end: `train: 10it [00:05,  2.0it/s, loss=2.5]`. */
const ENDLESS = new RegExp(`^(.*?):?\\s*\\b${COUNT}it \\[([\\d:]+, [^\\]]*)\\](.*)$`);
/** tqdm where there is no terminal: `Progress on:train 10.0it/100it rate:2.0it/s remaining:00:45 … postfix:loss=2.5`. */
const LOGGED = new RegExp(`\\bProgress on:(.*?) ${COUNT}\\w*?\\/${COUNT}\\w*? rate:.*? postfix:(.*)$`);
/** Ultralytics' own: `640: 100% ━━━━━━━━━━━━ 16/16 3.1it/s 5.2s`. */
const ULTRALYTICS = /^(.*?):?\s*\d+% [━─╸╺ ]*\s*(\d+)\/(\d+)\s+[\d.]+(?:it\/s|s\/it)\b()[^|]*()$/;
/** rich, as Lightning sets it: `Epoch 0/4  ━━━━━━ 10/16 0:00:05 • 0:00:03 2.0it/s v_num: 0.000 loss: 2.5`. */
const RICH = /^(.*?)\s*[━╸╺]+\s*(\d+)\/(\d+)\s+[\d:]+ • [-\d:]+\s+(?:[\d.]+it\/s|)(.*)()$/;

/** llama.cpp: `train: [==>   ] data=000008/000053 loss=1.71 acc=61.0% t=00:00:09 ETA=00:00:52`. */
const LLAMA = /^(train|val): +\[[=>. ]*\] data=(\d+)\/(\d+) (.*?)(?: t=[\d:]+)?(?: ETA=[\d:]+)? *()$/;

/** torchtune: `2|1618|Loss: 1.5`, the epoch and the step of the whole run. */
const NUMBERED = /^\d+\|(\d+)\|Loss: /;

/** Lightning shows which of its log folders it writes to. */
const VERSION_NAME = 'v_num';

/** A line as a progress bar; undefined when it is none. */
export function parseBar(line: string): Bar | undefined {
  if (line.includes('%|')) {
    return barOf(TQDM.exec(line), (inner) => metricsOf(inner.split(/,\s*/).slice(2).join(', ')));
  }
  if (line.includes('it [')) {
    const match = ENDLESS.exec(line);
    return match === null ? undefined : endlessBar(match);
  }
  if (line.includes('━')) {
    return barOf(ULTRALYTICS.exec(line), metricsOf) ?? barOf(RICH.exec(line), metricsOf, true);
  }
  if (line.includes('] data=')) {
    return barOf(LLAMA.exec(line), metricsOf);
  }
  return line.includes('Progress on:') ? barOf(LOGGED.exec(line), metricsOf) : undefined;
}

function barOf(
  match: RegExpExecArray | null,
  metrics: (inner: string) => readonly Pair[],
  epochsFromZero = false,
): Bar | undefined {
  if (match === null) {
    return undefined;
  }
  const [, label = '', done = '', total = '', inner = '', after = ''] = match;
  const pairs = metrics(inner);
  const labelled = pairs.length === 0 ? metricsOfLabel(label) : [];
  return {
    label: label.replace(/[:\s]+$/, ''),
    done: scaledOf(done),
    total: scaledOf(total),
    step: countOf(NUMBERED.exec(label)?.[1]),
    pairs: labelled.length > 0 ? labelled : pairs,
    hasMetricLabel: labelled.length > 0,
    epochsFromZero,
    after: after.trim(),
  };
}

function endlessBar([, label = '', done = '', inner = '', after = '']: RegExpExecArray): Bar {
  const pairs = metricsOf(inner.split(/,\s*/).slice(2).join(', '));
  const bar = { label: label.trim(), done: countOf(done), total: NaN, step: NaN, pairs, after: after.trim() };
  return { ...bar, hasMetricLabel: false, epochsFromZero: false };
}

function metricsOf(text: string): readonly Pair[] {
  if (text === '') {
    return [];
  }
  const pairs = assignedPairs(text).filter(({ name }) => name !== VERSION_NAME);
  return pairs.length > 0 ? pairs : dashedPairs(text);
}

/** segmentation_models.pytorch: `dice_loss - 0.2537, iou_score - 0.6343`. */
function dashedPairs(text: string): readonly Pair[] {
  return text.includes(' - ') ? assignedPairs(text.replace(/ - (?=[-+.\dni])/g, ': ')) : [];
}

/** Some loops write their metrics before the bar: `1|10|Loss: 1.5:   1%|…`, `epoch 1: loss 1.5 lr 0.1:  1%|…`. */
function metricsOfLabel(label: string): readonly Pair[] {
  if (!/[.=]/.test(label)) {
    return [];
  }
  const text = label.replace(/[:\s|]+$/, '');
  const assigned = assignedPairs(text);
  const pairs = assigned.length > 0 ? assigned : loosePairs(text);
  return pairs.some(({ name }) => isResultName(name)) ? pairs : [];
}
