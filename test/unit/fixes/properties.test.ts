import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyEdits } from '../../../src/fixes/editing/applyEdits.js';
import { countSyntaxErrors } from '../../../src/fixes/editing/brokenCode.js';
import { applyFix, FIXES } from '../../../src/fixes/fixes.js';
import { LoopFinder } from '../../../src/loops/loopFinder.js';
import { SourceLines } from '../../../src/loops/syntax/sourceLines.js';
import type { SourceEdit } from '../../../src/model/sourceEdit.js';
import { packagedGrammars } from '../loops/grammars.js';

const tests = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
/** Training scripts, and models whose own code fixes rewrite. */
const scripts = ['golden/fixes', 'golden/libraries', 'frameworks/models'].flatMap((folder) =>
  readdirSync(path.join(tests, folder))
    .filter((name) => name.endsWith('.py') && name !== 'observe.py')
    .map((name) => [name, readFileSync(path.join(tests, folder, name), 'utf8')] as const),
);
const ids = FIXES.map(({ description }) => description.id);

/** Other shapes of the same script. */
const SHAPES: readonly (readonly [string, (text: string) => string])[] = [
  ['as it is', (text) => text],
  ['with CR LF', (text) => text.replaceAll('\n', '\r\n')],
  ['with a byte order mark', (text) => `\uFEFF${text}`],
  ['without a line end at the end', (text) => text.trimEnd()],
  ['with tabs', (text) => text.replaceAll(/^( {4})+/gm, (spaces) => '\t'.repeat(spaces.length / 4))],
  ['with comments at every line', (text) => text.replaceAll(/([a-z)])$/gm, '$1  # note')],
];

let finder: LoopFinder;

beforeAll(async () => {
  finder = await LoopFinder.create(packagedGrammars);
});

function errors(text: string): number {
  const analysis = finder.analyse(text, 'python');
  return analysis.language === 'settings' ? Number.NaN : countSyntaxErrors(analysis.root);
}

function apply(id: string, text: string): readonly SourceEdit[] {
  const outcome = applyFix(finder, id, { path: 'train.py', language: 'python', text }, {});
  return outcome.kind === 'edits' ? outcome.edits : [];
}

/** The edits that take the edited text back, as an editor's undo does. */
function inverse(text: string, edits: readonly SourceEdit[]): readonly SourceEdit[] {
  const before = new SourceLines(text);
  const after = new SourceLines(applyEdits(text, edits));
  let shift = 0;
  return edits.map(({ path: file, range, newText }) => {
    const start = before.offsetAt(range.start);
    const end = before.offsetAt(range.end);
    const back = {
      path: file,
      range: after.rangeOf(start + shift, start + shift + newText.length),
      newText: text.slice(start, end),
    };
    shift += newText.length - (end - start);
    return back;
  });
}

describe.each(SHAPES)('scripts %s', (_shape, reshape) => {
  const edited = new Map<string, number>();

  it.each(scripts)('%s: every fix applied twice is applied once, can be undone, and parses', (_name, original) => {
    const text = reshape(original);
    for (const id of ids) {
      const edits = apply(id, text);
      if (edits.length === 0) {
        continue;
      }
      edited.set(id, (edited.get(id) ?? 0) + 1);
      const after = applyEdits(text, edits);
      expect(apply(id, after), id).toEqual([]);
      expect(applyEdits(after, inverse(text, edits)), id).toBe(text);
      expect(errors(after), id).toBe(errors(text));
      if (text.includes('\r\n')) {
        expect(after.replaceAll('\r\n', ''), id).not.toContain('\n');
      }
      // Only the announced ranges change, in the order of the file.
      const starts = edits.map(({ range }) => before(range.start, text));
      expect(
        [...starts].sort((one, other) => one - other),
        id,
      ).toEqual(starts);
    }
  });

  it('give every fix something to do', () => {
    expect(ids.filter((id) => (edited.get(id) ?? 0) < 2)).toEqual([]);
  });
});

function before(position: { line: number; character: number }, text: string): number {
  return new SourceLines(text).offsetAt(position);
}

describe('half-typed and damaged scripts', () => {
  it('never throw, and never get an edit that adds a syntax error', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...scripts),
        fc.constantFrom(...ids),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom('', '(', '"""', '\n  x', ':', '\t', 'if', ')\n', '\r', '\u0000', 'é'),
        fc.boolean(),
        ([, original], id, where, inserted, cut) => {
          const at = Math.floor(where * original.length);
          const text = original.slice(0, at) + inserted + (cut ? '' : original.slice(at));
          const edits = apply(id, text);
          const after = applyEdits(text, edits);
          expect(errors(after)).toBeLessThanOrEqual(errors(text));
        },
      ),
      { numRuns: 300, seed: 20 },
    );
  });

  it('are handled at 20,000 lines', () => {
    const [, script] = scripts.find(([name]) => name === 'mingpt_trainer.py') as readonly [string, string];
    const padding = Array.from({ length: 10_000 }, (_, index) => `def f${index}(x):\n    return x + ${index}`).join(
      '\n',
    );
    const text = `${padding}\n${script}`;
    expect(apply('clip-gradients', text)).toHaveLength(1);
  });
});
