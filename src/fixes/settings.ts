import type { FixDescription } from '../model/fix.js';
import { failure, ok, type Result } from '../base/result.js';
import type { FixSettings } from './fix.js';

/** Which numbers a setting may be; the limits themselves are excluded. */
export interface NumberBounds {
  readonly above?: number;
  readonly below?: number;
  readonly whole?: boolean;
}

/** The numbers chosen for several settings, by name; the first that may not be is the error. */
export function numberSettings(
  description: FixDescription,
  bounds: Readonly<Record<string, NumberBounds>>,
  settings: FixSettings,
): Result<Readonly<Record<string, number>>> {
  const values: Record<string, number> = {};
  for (const [name, accept] of Object.entries(bounds)) {
    const value = numberSetting(description, name, settings, accept);
    if (!value.ok) {
      return value;
    }
    values[name] = value.value;
  }
  return ok(values);
}

/** The number chosen for a setting, or its default. Words are read as numbers: a command line has nothing else. */
export function numberSetting(
  description: FixDescription,
  name: string,
  settings: FixSettings,
  accept: NumberBounds,
): Result<number> {
  const chosen = settings[name] ?? description.settings.find((setting) => setting.name === name)?.default;
  const value = typeof chosen === 'string' && chosen.trim() !== '' ? Number(chosen) : chosen;
  const { above = -Infinity, below = Infinity, whole = false } = accept;
  if (typeof value !== 'number' || !Number.isFinite(value) || (whole && !Number.isInteger(value))) {
    return failure(`${name} must be a ${whole ? 'whole ' : ''}number, not "${String(chosen)}".`);
  }
  if (value <= above || value >= below) {
    const bounds = below === Infinity ? `greater than ${above}` : `between ${above} and ${below}`;
    return failure(`${name} must be ${bounds}, not ${value}.`);
  }
  return ok(value);
}

/** The first setting that the fix doesn't have, if any: a mistyped name must not pass in silence. */
export function unknownSetting(description: FixDescription, settings: FixSettings): string | null {
  const known = new Set(description.settings.map(({ name }) => name));
  return Object.keys(settings).find((name) => !known.has(name)) ?? null;
}

/** The number as Python code that keeps it a float: 1 → "1.0". */
export function pythonFloat(value: number): string {
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
