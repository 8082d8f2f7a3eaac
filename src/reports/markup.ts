import { plainText } from './plainText.js';

/** Longest text that a page shows; a log can hold names of a megabyte. */
const LONGEST_TEXT = 2000;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A piece of HTML or SVG that was made by {@link markup}, and by nothing else. */
export class Markup {
  readonly source: string;

  private constructor(source: string) {
    this.source = source;
  }

  /** Puts a piece together; every value that is not markup itself is text, whatever it holds. */
  static of(parts: readonly string[], values: readonly MarkupValue[]): Markup {
    return new Markup(parts.map((part, index) => part + sourceOf(values[index])).join(''));
  }
}

export type MarkupValue = string | number | undefined | Markup | readonly Markup[];

/** Tag of template literals: the literal parts are markup, values are set as text or are markup of this kind. */
export function markup(parts: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  return Markup.of(parts, values);
}

function sourceOf(value: MarkupValue): string {
  if (value instanceof Markup) {
    return value.source;
  }
  if (typeof value === 'object') {
    return value.map(({ source }) => source).join('');
  }
  return value === undefined ? '' : escaped(String(value));
}

function escaped(text: string): string {
  return shortened(plainText(text)).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}

/** A text of bounded length, never cut inside of a character. */
export function shortened(text: string, longest: number = LONGEST_TEXT): string {
  return text.length <= longest ? text : `${text.slice(0, longest).replace(/[\ud800-\udbff]$/, '')}…`;
}
