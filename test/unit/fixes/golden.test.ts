import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTwoFilesPatch } from 'diff';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyEdits } from '../../../src/fixes/editing/applyEdits.js';
import { applyFix, FIXES } from '../../../src/fixes/fixes.js';
import { LoopFinder } from '../../../src/loops/loopFinder.js';
import type { FixOutcome } from '../../../src/model/fix.js';
import { packagedGrammars } from '../loops/grammars.js';

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../golden/fixes');
const scripts = readdirSync(folder).filter((name) => name.endsWith('.py'));
let finder: LoopFinder;

beforeAll(async () => {
  finder = await LoopFinder.create(packagedGrammars);
});

function show(text: string, outcome: FixOutcome): string {
  switch (outcome.kind) {
    case 'edits': {
      const patch = createTwoFilesPatch('before', 'after', text, applyEdits(text, outcome.edits), '', '', {
        context: 2,
      });
      const notes = outcome.notes.map((note) => `note: ${note}\n`).join('');
      return notes + withoutHelpers(patch.split('\n').slice(3)).join('\n');
    }
    case 'already-there':
      return `already there: line ${outcome.line + 1}\n`;
    case 'refused':
      return `refused: ${outcome.reason}\n`;
  }
}

/** Helpers are the same in every script and are read in the folders of their fixes: here their heads are enough. */
function withoutHelpers(lines: readonly string[]): readonly string[] {
  let inHelper = false;
  return lines.flatMap((line) => {
    if (/^\+(def|class) /.test(line)) {
      inHelper = true;
      return [`${line} …`];
    }
    inHelper &&= /^\+(\s|$)/.test(line);
    return inHelper ? [] : [line];
  });
}

/** Everything that is said and done about one script, as text that a person can review. */
function golden(text: string, name: string): string {
  const loops = finder.find(text, 'python').map((loop) => `${JSON.stringify(loop)}\n`);
  const fixes = FIXES.map(({ description }) => {
    const outcome = applyFix(finder, description.id, { path: name, language: 'python', text }, {});
    return `== ${description.id}\n${show(text, outcome)}`;
  });
  return `== loops\n${loops.join('')}${fixes.join('')}`;
}

describe('loops and fixes of scripts in many styles', () => {
  it.each(scripts)('%s', (name) => {
    const text = readFileSync(path.join(folder, name), 'utf8');
    const file = path.join(folder, name.replace(/\.py$/, '.golden'));
    const actual = golden(text, name);
    if (process.env['UPDATE_GOLDENS'] === '1') {
      writeFileSync(file, actual);
    }
    expect(actual).toBe(readFileSync(file, 'utf8'));
  });
});
