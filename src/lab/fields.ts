import { failure, ok } from '../base/result.js';
import type { Result } from '../base/result.js';

/** What one value of an experiment file may be, and what it is when the file does not say. */
export type Field =
  | { readonly kind: 'number'; readonly standard: number; readonly least: number; readonly most: number }
  | { readonly kind: 'count'; readonly standard: number; readonly least: number; readonly most: number }
  | { readonly kind: 'choice'; readonly standard: string; readonly of: readonly string[] }
  | { readonly kind: 'switch'; readonly standard: boolean };

/** The values of an object, by name. */
export type Fields = Readonly<Record<string, Field>>;

/** A number between two bounds, both included. */
export const number = (standard: number, least: number, most: number): Field => ({
  kind: 'number',
  standard,
  least,
  most,
});

/** A whole number between two bounds, both included. */
export const count = (standard: number, least: number, most: number): Field => ({
  kind: 'count',
  standard,
  least,
  most,
});

/** One word of several; the first is what it is when nothing is said. */
export const choice = (...of: readonly [string, ...string[]]): Field => ({ kind: 'choice', standard: of[0], of });

/** True or false. */
export const flag = (standard: boolean): Field => ({ kind: 'switch', standard });

/** Whether a value is an object with keys, as JSON has it. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The fields with the values that are given, and their standard ones elsewhere.
 * @param place what stands before the name in a complaint: "settings.model".
 * @param apart names that somebody else reads.
 */
export function readFields(
  fields: Fields,
  given: unknown,
  place: string,
  apart: readonly string[] = [],
): Result<Record<string, unknown>> {
  if (given !== undefined && !isObject(given)) {
    return failure(`${place} must be an object, not ${told(given)}`);
  }
  const values = given ?? {};
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(fields, name) && !apart.includes(name));
  if (unknown !== undefined) {
    return failure(`${place} has no "${unknown}"; it has ${[...Object.keys(fields), ...apart].join(', ')}`);
  }
  const read: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = values[name] ?? field.standard;
    const wrong = complaint(field, value);
    if (wrong !== undefined) {
      return failure(`${place}.${name} must be ${wrong}, not ${told(value)}`);
    }
    read[name] = value;
  }
  return ok(read);
}

function complaint(field: Field, value: unknown): string | undefined {
  switch (field.kind) {
    case 'switch':
      return typeof value === 'boolean' ? undefined : 'true or false';
    case 'choice':
      return field.of.includes(value as string) ? undefined : `one of ${field.of.join(', ')}`;
    case 'count':
    case 'number': {
      const whole = field.kind === 'count';
      return typeof value === 'number' &&
        value >= field.least &&
        value <= field.most &&
        (!whole || Number.isInteger(value))
        ? undefined
        : `a ${whole ? 'whole number' : 'number'} from ${field.least} to ${field.most}`;
    }
  }
}

function told(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  return (text ?? String(value)).slice(0, 60);
}
