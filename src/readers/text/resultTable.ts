import { splitPrefix } from '../rows/columnNames.js';
import { namesItsPart } from './dataParts.js';
import { parseNumber } from './numbers.js';
import type { Pair } from './pairs.js';

/** `┃ Test metric ┃ DataLoader 0 ┃`; without rich, and in old versions, the same without bars. */
const LIGHTNING_HEADER =
  /^[┃\s]*(?:Runningstage\.)?(?<part>test|validat|evaluat)(?:e|ing)? metric[┃\s]+DataLoader \d+(?:[┃\s]+DataLoader \d+)*[┃\s]*$/i;
/** `│ Training result │`, `│ Trial PPO_1a2b3_00000 result │`. */
const RAY_HEADER = /^│ (?:Training|Trial (?<trial>\S+)) result +│$/;
/** `│ loss   0.73881 │`: a name and its value, as far apart as the table is wide. */
const RAY_ENTRY = /^│ (?<name>[\w/.@-]+)(?: +(?<value>\S.*?))? +│$/;
const PARTS: Readonly<Record<string, string>> = { test: 'test', validat: 'validation', evaluat: 'evaluation' };
/** Below the header, and at the end. */
const RULE = /^[─━┡╇┩├┤╞╪╡]{10,}$/;
const END = /^[└┴┘╰╯─━]{10,}$/;
/** More entries than any such table has: a line of another kind was taken for one. */
const MAXIMUM_ENTRIES = 500;

/**
 * Tables of one metric a line that close an evaluation or a report: Lightning's `trainer.test` and `trainer.validate`,
 * with a column for each data loader, and what Ray Train and Tune print after each iteration. Of several trials in one
 * console only the first is read: nothing but their names would tell them apart.
 */
export class ResultTable {
  #kind: 'lightning' | 'ray' | undefined;
  #prefix = '';
  #isRuled = false;
  #pairs: Pair[] = [];
  #trial: string | undefined;

  /** The pairs of a whole table at its end, `'entry'` within a table, undefined for any other line. */
  read(line: string): readonly Pair[] | 'entry' | undefined {
    if (this.#kind === undefined) {
      return this.#begins(line) ? 'entry' : undefined;
    }
    if (!this.#isRuled && RULE.test(line.trim())) {
      this.#isRuled = true;
      return 'entry';
    }
    const pairs = this.#kind === 'lightning' ? this.#metrics(line) : rayPair(line);
    if (pairs !== undefined && this.#pairs.length < MAXIMUM_ENTRIES) {
      this.#pairs.push(...pairs);
      return 'entry';
    }
    const all = this.#pairs;
    this.#kind = undefined;
    this.#pairs = [];
    return END.test(line.trim()) ? all : undefined;
  }

  #begins(line: string): boolean {
    // Most lines are neither, which is seen at once where the expressions would be tried at every letter.
    if (!line.includes('DataLoader') && !line.startsWith('│ Tr')) {
      return false;
    }
    const lightning = LIGHTNING_HEADER.exec(line)?.groups;
    const ray = lightning === undefined ? RAY_HEADER.exec(line) : null;
    const trial = ray?.groups?.['trial'] ?? '';
    if (lightning === undefined && (ray === null || trial !== (this.#trial ?? trial))) {
      return false;
    }
    this.#trial = ray === null ? this.#trial : trial;
    this.#kind = ray === null ? 'lightning' : 'ray';
    this.#prefix = splitPrefix(PARTS[lightning?.['part']?.toLowerCase() ?? ''] ?? '');
    this.#isRuled = false;
    return true;
  }

  /** `│ test_loss │ 0.35 │ 0.95 │`, named as Lightning names the metrics of several loaders elsewhere. */
  #metrics(line: string): readonly Pair[] | undefined {
    const cells = line.includes('│') ? line.split('│').slice(1, -1) : line.trim().split(/\s{2,}/);
    const [name = '', ...texts] = cells.map((cell) => cell.trim());
    const values = texts.map((text) => parseNumber(text));
    if (!/^[A-Za-z_]\S*$/.test(name) || values.length === 0 || values.every((value) => value === undefined)) {
      return undefined;
    }
    const tag = namesItsPart(name) ? name : this.#prefix + name;
    return values.flatMap((value, index) =>
      value === undefined ? [] : [{ name: values.length === 1 ? tag : `${tag}/dataloader_idx_${index}`, value }],
    );
  }
}

function rayPair(line: string): readonly Pair[] | undefined {
  const entry = RAY_ENTRY.exec(line)?.groups;
  if (entry === undefined) {
    return undefined;
  }
  const value = parseNumber(entry['value'] ?? '');
  return value === undefined ? [] : [{ name: entry['name'] ?? '', value }];
}
