import { assignedPairs, type Pair } from './pairs.js';

/** One drawing of a tqdm progress bar. */
export interface Bar {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  readonly pairs: readonly Pair[];
  /** What another writer printed behind the bar, on the same line. */
  readonly after: string;
}

const BAR = /^(.*?)\s*\d+%\|[^|]*\|\s*(\d+)\/(\d+)\s*\[([^\]]*)\]?(.*)$/;

/** Lightning shows which of its log folders it writes to. */
const VERSION_NAME = 'v_num';

/** A line as a progress bar; undefined when it is none. */
export function parseBar(line: string): Bar | undefined {
  if (!line.includes('%|')) {
    return undefined;
  }
  const match = BAR.exec(line);
  if (match === null) {
    return undefined;
  }
  const [, label = '', done = '', total = '', inner = '', after = ''] = match;
  const metrics = inner.split(/,\s*/).slice(2).join(', ');
  return {
    label: label.replace(/[:\s]+$/, ''),
    done: Number(done),
    total: Number(total),
    pairs: metrics === '' ? [] : assignedPairs(metrics).filter(({ name }) => name !== VERSION_NAME),
    after: after.trim(),
  };
}
