/** Says a sentence in the reader's language; `{0}` and so on stand for the values. */
export interface Translator {
  t(message: string, ...values: readonly (string | number)[]): string;
}

/** For readers whose language nobody tells: files that are kept or handed on. */
export const ENGLISH: Translator = {
  t: (message, ...values) =>
    message.replaceAll(/\{(\d+)\}/g, (place, index: string) => String(values[Number(index)] ?? place)),
};
