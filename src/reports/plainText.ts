/**
 * Characters that a terminal obeys instead of showing: C0 and C1 controls, and marks that turn the direction of
 * writing. Logs may hold anything.
 */
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g; // eslint-disable-line no-control-regex

/** Half of a character: no encoding but UTF-16 can hold it. */
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** One line of text that is safe to print: line ends and tabs become blanks, other controls are made visible. */
export function plainText(text: string): string {
  return text
    .replace(/\s*[\r\n\t]+\s*/g, ' ')
    .replace(OBEYED, '\u{fffd}')
    .replace(LONE_SURROGATE, '\u{fffd}');
}

/** A copy of plain data in which every text, keys aside, is safe to print. */
export function plainTexts<Data>(data: Data): Data {
  return mapTexts(data, plainText) as Data;
}

/** A copy of plain data with every text, keys aside, replaced. */
export function mapTexts(data: unknown, replace: (text: string) => string): unknown {
  if (typeof data === 'string') {
    return replace(data);
  }
  if (Array.isArray(data)) {
    return data.map((item) => mapTexts(item, replace));
  }
  if (typeof data === 'object' && data !== null) {
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, mapTexts(value, replace)]));
  }
  return data;
}

/** JSON that is safe to print and loses nothing: what a terminal would obey is escaped. */
export function escapeObeyed(json: string): string {
  return json.replace(OBEYED, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
