/**
 * What each quantity of a family is called once phase words and decorations are gone: words in lower case, joined by
 * blanks. No name stands for two quantities, whatever their families.
 */
export type QuantityNames = Readonly<Record<string, readonly string[]>>;
