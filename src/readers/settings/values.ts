import type { JsonValue } from '../../model/json.js';
import { flattenConfiguration } from '../json/flatten.js';
import { parseNumber } from '../text/numbers.js';
import type { Settings } from './settingsFormat.js';

/** A run that was started with more settings than this dumped something else beside them. */
const MAXIMUM_KEYS = 2000;
/** Characters kept of a text: prompts and file lists are settings, but nobody reads more of them here. */
const MAXIMUM_TEXT = 2000;

/** A setting that was written as Python prints it. */
export function settingOf(text: string): JsonValue {
  if (text === 'True' || text === 'False') {
    return text === 'True';
  }
  const value = parseNumber(text);
  return text === 'None' ? null : value !== undefined && Number.isFinite(value) ? value : text;
}

/** Settings of nested objects, with bounds on how many and how long. */
export function settingsOf(object: Readonly<Record<string, unknown>>, problem?: string): Settings {
  const entries = Object.entries(flattenConfiguration(object));
  const dropped = entries.length - MAXIMUM_KEYS;
  const problems = [problem, dropped > 0 ? `${dropped} of its ${entries.length} settings were left out` : undefined];
  const told = problems.filter((text) => text !== undefined).join('; ');
  const values = Object.fromEntries(entries.slice(0, MAXIMUM_KEYS).map(([key, value]) => [key, shortened(value)]));
  return told === '' ? { values } : { values, problem: told };
}

function shortened(value: JsonValue): JsonValue {
  if (typeof value === 'string' && value.length > MAXIMUM_TEXT) {
    return `${value.slice(0, MAXIMUM_TEXT)}…`;
  }
  return typeof value === 'object' && value !== null ? shortenedList(value) : value;
}

/** Lists stay lists unless they are data rather than settings. */
function shortenedList(value: JsonValue): JsonValue {
  const text = JSON.stringify(value);
  return text.length > MAXIMUM_TEXT ? `${text.slice(0, MAXIMUM_TEXT)}…` : value;
}
