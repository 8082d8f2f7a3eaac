import type { Role } from '../../model/role.js';

/**
 * The role that a tag has by the user's own word: of the first of the patterns that fits. A pattern is a whole tag or a
 * glob (`*` stands for anything, `/` included), matched without regard to case.
 */
export function overrideOf(tag: string, overrides: Readonly<Record<string, Role>>): Role | undefined {
  const lower = tag.toLowerCase();
  for (const [pattern, role] of Object.entries(overrides)) {
    if (globMatches(pattern.toLowerCase(), lower)) {
      return role;
    }
  }
  return undefined;
}

function globMatches(pattern: string, text: string): boolean {
  const pieces = pattern.split('*');
  if (pieces.length === 1) {
    return pattern === text;
  }
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) {
    return false;
  }
  let from = first.length;
  const end = text.length - last.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, from);
    if (found < 0 || found + piece.length > end) {
      return false;
    }
    from = found + piece.length;
  }
  return true;
}
