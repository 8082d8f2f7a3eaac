/**
 * A table that is asked for whatever a file holds: `constructor`, `toString` and `__proto__` are in it only where they
 * are among the entries.
 */
export function table<Value>(entries: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  return Object.freeze(Object.assign(Object.create(null) as Record<string, Value>, entries));
}
