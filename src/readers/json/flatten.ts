import { table } from '../../base/table.js';
import { numberToJson, type JsonValue } from '../../model/json.js';
import type { SkippedKind } from '../../model/record.js';

/** Levels of nesting that become a path; what lies deeper is left out. */
const MAXIMUM_LEVELS = 12;

/** What W&B writes in place of a histogram, an image and so on: an object that names its type. */
const MEDIA_KINDS = table<SkippedKind>({
  histogram: 'histogram',
  'image-file': 'image',
  'images/separated': 'image',
  'audio-file': 'audio',
  audio: 'audio',
  'table-file': 'table',
  'plotly-file': 'other',
  'html-file': 'text',
});

/** Joins nested keys with `/`. Media objects are reported to `media` and left out. */
export function flatten(
  row: Readonly<Record<string, unknown>>,
  media: (kind: SkippedKind, tag: string) => void,
): Record<string, unknown> {
  const flat = Object.create(null) as Record<string, unknown>;
  flattenInto(flat, row, '', 0, media);
  return flat;
}

function flattenInto(
  flat: Record<string, unknown>,
  row: Readonly<Record<string, unknown>>,
  prefix: string,
  level: number,
  media: (kind: SkippedKind, tag: string) => void,
): void {
  for (const key of Object.keys(row)) {
    const value = row[key];
    const path = prefix + key;
    if (!isObject(value)) {
      flat[path] = value;
    } else if (typeof value['_type'] === 'string') {
      media(MEDIA_KINDS[value['_type']] ?? 'other', path);
    } else if (level < MAXIMUM_LEVELS) {
      flattenInto(flat, value, `${path}/`, level + 1, media);
    }
  }
}

/** Whether a value is an object with keys. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A configuration as one level of `/`-joined keys, lists and long texts kept as they are. */
export function flattenConfiguration(values: Readonly<Record<string, unknown>>): Record<string, JsonValue> {
  const flat = flatten(values, () => undefined) as Record<string, JsonValue>;
  for (const key of Object.keys(flat)) {
    const value = flat[key];
    if (typeof value === 'number') {
      flat[key] = numberToJson(value);
    }
  }
  return flat;
}
