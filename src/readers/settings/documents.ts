import { isAlias, isScalar, parseDocument, visit } from 'yaml';
import type { Document } from 'yaml';
import { messageOf } from '../../base/errorMessage.js';
import { isObject } from '../json/flatten.js';
import { parseLenientJson } from '../json/lenientJson.js';
import type { Settings } from './settingsFormat.js';
import { settingsOf } from './values.js';

/** Aliases that a file may use in all: a chain of them can blow a few lines up to gigabytes. */
const MAXIMUM_ALIASES = 100;
/** Tags by which PyYAML names a class or function; the value itself is empty. */
const PYTHON_NAME = /^tag:yaml\.org,2002:python\/(?:name|module):(.+)$/;

/** Levels of nesting beyond which nothing is a setting; the parser recurses, and thousands would exhaust the stack. */
const MAXIMUM_DEPTH = 64;

/** What a document holds, or why it could not be read. */
export type Parsed = { readonly value: unknown; readonly problem?: string } | { readonly problem: string };

const YAML_OPTIONS = {
  merge: true,
  logLevel: 'silent',
  stringKeys: true,
  /** Looking for keys that come twice takes the square of their number. */
  uniqueKeys: false,
} as const;

/** Reads YAML as plain data: tags of Python objects are never followed. */
export function parseYaml(text: string): Parsed {
  if (isDeep(text)) {
    return { problem: `YAML that is nested more than ${MAXIMUM_DEPTH} levels deep` };
  }
  try {
    const document = parseDocument(text, YAML_OPTIONS);
    nameWhatPythonNames(document);
    const value: unknown = document.toJS({ maxAliasCount: MAXIMUM_ALIASES });
    const [error] = document.errors;
    return error ? { value, problem: `damaged YAML: ${firstLineOf(error.message)}` } : { value };
  } catch (error) {
    return {
      problem: `YAML that can't be read: ${firstLineOf(messageOf(error))}`,
    };
  }
}

/** Reads JSON, with the NaN and Infinity that Python puts into it. */
export function parseJson(text: string): Parsed {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    const value = parseLenientJson(text);
    return value === undefined ? { problem: `damaged JSON: ${firstLineOf(messageOf(error))}` } : { value };
  }
}

/** The settings that a document holds when it is an object; a problem when it is not. */
export function settingsOfDocument(
  parsed: Parsed,
  take: (object: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>> = (object) => object,
): Settings {
  if (!('value' in parsed)) {
    return { values: {}, problem: parsed.problem };
  }
  const { value, problem } = parsed;
  if (isObject(value)) {
    return settingsOf(take(value), problem);
  }
  const isEmpty = value === null || value === undefined;
  const reason = problem ?? (isEmpty ? undefined : 'not read as settings: it holds no names with values');
  return reason === undefined ? { values: {} } : { values: {}, problem: reason };
}

/** Whether brackets, indentation or indicators in a row could nest deeper than is allowed; quoted ones count as well. */
function isDeep(text: string): boolean {
  let brackets = 0;
  for (const [token] of text.matchAll(/[[\]{}]/g)) {
    brackets += token === '[' || token === '{' ? 1 : brackets > 0 ? -1 : 0;
    if (brackets > MAXIMUM_DEPTH) {
      return true;
    }
  }
  return DEEP_LINE.test(text);
}

/** Sixty-four times `- ` or `? `, or blanks under which as many levels by four could lie. */
const DEEP_LINE = new RegExp(`^(?:(?: *[-?:&!][^ \\n]* ){${MAXIMUM_DEPTH}}| {${4 * MAXIMUM_DEPTH}})`, 'm');

/** `!!python/name:torch.optim.AdamW ''` says with its tag what the setting is. */
function nameWhatPythonNames(document: Document): void {
  visit(document, (_, node) => {
    if (isScalar(node) && !isAlias(node) && node.value === '') {
      const name = PYTHON_NAME.exec(node.tag ?? '')?.[1];
      node.value = name ?? node.value;
    }
  });
}

function firstLineOf(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/:$/, '');
}
