import type { JsonValue } from '../../model/json.js';
import type { StepUnit } from '../../model/record.js';
import { isObject } from '../json/flatten.js';
import { flatten } from '../json/flatten.js';
import { parseLenientJson } from '../json/lenientJson.js';
import { isRank, looksLikeMetric, placedNumber, splitPrefix } from '../rows/columnNames.js';
import { commonPart } from './dataParts.js';
import type { LineRule } from './dialect.js';
import { parseNumber } from './numbers.js';
import { countOf, type Pair } from './pairs.js';

/** What a line says, before it is known at which step. */
export interface Observation {
  readonly pairs: readonly Pair[];
  /** NaN where the line does not say. */
  readonly step: number;
  readonly total: number;
  readonly epoch: number;
  readonly iteration: number;
  readonly length: number;
  readonly rank: number;
  readonly prefix: string;
  readonly stepUnit: StepUnit | undefined;
  readonly setting: readonly [key: string, value: JsonValue] | undefined;
}

/** Reads a line by a rule; undefined when it has another shape. */
export function observe(rule: LineRule, line: string): Observation | undefined {
  const match = rule.line.exec(line);
  if (match === null) {
    return undefined;
  }
  const groups: Groups = match.groups ?? {};
  const pairs = pairsOf(rule, groups, line);
  const setting = settingOf(groups);
  if (pairs.length === 0 && setting === undefined && rule.context !== 'opens') {
    return undefined;
  }
  const split = groups['split'];
  const rank = pairs.find(({ name, value }) => isRank(name) && Number.isInteger(value));
  return {
    pairs: rank === undefined ? pairs : pairs.filter((pair) => pair !== rank),
    step: countOf(groups['step']),
    total: countOf(groups['total']),
    epoch: countOf(groups['epoch']),
    iteration: countOf(groups['iteration']),
    length: countOf(groups['length']),
    rank: groups['rank'] === undefined ? (rank?.value ?? NaN) : countOf(groups['rank']),
    prefix: split === undefined ? (rule.prefix ?? commonPart(pairs)) : splitPrefix(split),
    stepUnit: rule.stepUnit,
    setting,
  };
}

type Groups = Readonly<Record<string, string | undefined>>;

function pairsOf(rule: LineRule, groups: Groups, line: string): readonly Pair[] {
  const json = groups['json'];
  if (json !== undefined) {
    return renamed(pairsOfJson(json), rule);
  }
  const value = groups['value'] === undefined ? undefined : parseNumber(groups['value']);
  const single = value === undefined || rule.tag === undefined ? [] : [{ name: rule.tag, value }];
  const grouped = (rule.metricGroups ?? []).flatMap((name) => {
    const number = countOf(groups[name]);
    return groups[name] === undefined || (Number.isNaN(number) && !/nan/i.test(groups[name]))
      ? []
      : [{ name, value: number }];
  });
  const rest = rule.pairs === undefined ? [] : rule.pairs(groups['rest'] ?? line);
  return [...single, ...grouped, ...renamed(rest, rule)];
}

function renamed(pairs: readonly Pair[], { rename }: LineRule): readonly Pair[] {
  return rename === undefined ? pairs : pairs.map(({ name, value }) => ({ name: rename[name] ?? name, value }));
}

const SETTING =
  /^(?:lr|learning.?rate|.*norm_eps|max_grad_norm|.*weight)$|(?:^|[/_.])lr_(?!group)|warm_?up|(?:clip_grad|grad_clip)/i;

/** Numbers in a printed dictionary; none when nothing in it is a metric, as in a printed configuration. */
function pairsOfJson(text: string): readonly Pair[] {
  const object = parseLenientJson(text);
  if (!isObject(object)) {
    return [];
  }
  const pairs: Pair[] = [];
  let words = 0;
  for (const [name, value] of Object.entries(flatten(object, () => undefined))) {
    const number =
      typeof value === 'number' ? value : typeof value === 'string' ? placedNumber(name, value) : undefined;
    if (number !== undefined) {
      pairs.push({ name, value: number });
    } else if (value !== null) {
      words++;
    }
  }
  return words < pairs.length && pairs.some(({ name }) => looksLikeMetric(name) && !SETTING.test(name)) ? pairs : [];
}

function settingOf(groups: Groups): readonly [string, JsonValue] | undefined {
  const { key, setting } = groups;
  if (key === undefined || setting === undefined) {
    return undefined;
  }
  const text = setting.trim();
  const value = parseNumber(text);
  if (value !== undefined && Number.isFinite(value)) {
    return [key, value];
  }
  return [key, /^(?:true|false)$/i.test(text) ? text.toLowerCase() === 'true' : text === 'None' ? null : text];
}
