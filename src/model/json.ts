/** A value as JSON has it. Non-finite numbers are written as the strings "NaN", "Infinity", "-Infinity". */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A finite number as it is, a non-finite one as the string that stands for it in Evenkeel's JSON. */
export function numberToJson(value: number): number | 'NaN' | 'Infinity' | '-Infinity' {
  if (Number.isFinite(value)) {
    return value;
  }
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}
