/**
 * Throws an error in words, where an expression has no value to go on with: `known ?? fail('…')`.
 * @throws {Error} always
 */
export function fail(message: string): never {
  throw new Error(message);
}
