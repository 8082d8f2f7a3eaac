import { numberToJson } from '../model/json.js';
import { escapeObeyed } from './plainText.js';

/**
 * JSON as the command line prints it: non-finite numbers as strings.
 * @param indent blanks a level; 0 puts everything on one line.
 */
export function toJson(value: unknown, indent = 2): string {
  const finite = (_key: string, part: unknown): unknown => (typeof part === 'number' ? numberToJson(part) : part);
  return escapeObeyed(JSON.stringify(value, finite, indent));
}
