import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyEdits } from '../../../src/fixes/editing/applyEdits.js';
import { countSyntaxErrors } from '../../../src/fixes/editing/brokenCode.js';
import { applyFix } from '../../../src/fixes/fixes.js';
import { LoopFinder } from '../../../src/loops/loopFinder.js';
import type { FixOutcome } from '../../../src/model/fix.js';
import type { SourceLanguage } from '../../../src/model/sourceLanguage.js';
import { packagedGrammars } from '../loops/grammars.js';

const folder = path.resolve(import.meta.dirname, '../../golden/libraries');
const scripts = readdirSync(folder).filter((name) => !name.endsWith('.golden'));
/** What is tried on scripts of a family; a fix of another family would only be refused. */
const FIXES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(multi_task|detection)/, ['pcgrad', 'pcgrad-ema']],
  [
    /^(trl|dpo|grpo|agents|mappo)/,
    [
      'drop-zero-variance-groups',
      'kl-term-and-reference-reset',
      'per-agent-advantage-normalisation',
      'likelihood-preserving-term',
    ],
  ],
  [
    /^(keras|flax|haiku|optax|equinox|tfjs)/,
    [
      'clip-gradients',
      'clip-by-value',
      'agc',
      'zclip',
      'lower-learning-rate',
      'add-warmup',
      'linear-decay',
      'wsd-schedule',
      'cosine-restarts',
      'lower-beta2',
      'smaller-epsilon',
      'amsgrad',
      'radam',
      'adamw-instead-of-adam',
      'weight-decay-for-repeated-data',
      'skip-non-finite-steps',
      'gradient-accumulation',
      'early-stopping',
      'checkpoint-averaging',
      'bf16-instead-of-fp16',
    ],
  ],
];

let finder: LoopFinder;

beforeAll(async () => {
  finder = await LoopFinder.create(packagedGrammars);
});

function languageOf(name: string): SourceLanguage {
  return name.endsWith('.py') ? 'python' : name.endsWith('.ts.txt') ? 'typescript' : 'javascript';
}

function fixesFor(name: string): readonly string[] {
  return FIXES.find(([family]) => family.test(name))?.[1] ?? [];
}

function apply(id: string, name: string, text: string): FixOutcome {
  return applyFix(finder, id, { path: name, language: languageOf(name), text }, {});
}

function show(text: string, outcome: FixOutcome): string {
  if (outcome.kind !== 'edits') {
    return outcome.kind === 'refused' ? `refused: ${outcome.reason}\n` : `already there: line ${outcome.line + 1}\n`;
  }
  const patch = createTwoFilesPatch('a', 'b', text, applyEdits(text, outcome.edits), '', '', { context: 0 });
  const changed = patch
    .split('\n')
    .slice(4)
    .filter((line) => /^[+-]/.test(line) && line.length > 1);
  return [...outcome.notes.map((note) => `note: ${note}`), ...withoutHelpers(changed), ''].join('\n');
}

/** Helpers are read in the folders of their fixes: here their heads are enough. */
function withoutHelpers(lines: readonly string[]): readonly string[] {
  let inHelper = false;
  return lines.flatMap((line) => {
    if (/^\+(def|class|function) /.test(line)) {
      inHelper = true;
      return [`${line} …`];
    }
    inHelper &&= /^\+(\s|\}$)/.test(line);
    return inHelper ? [] : [line];
  });
}

describe('losses, policies, and libraries other than PyTorch', () => {
  it.each(scripts)('%s', (name) => {
    const text = readFileSync(path.join(folder, name), 'utf8');
    const actual = fixesFor(name)
      .map((id) => `== ${id}\n${show(text, apply(id, name, text))}`)
      .join('');
    const file = path.join(folder, `${name.split('.')[0]}.golden`);
    if (process.env['UPDATE_GOLDENS'] === '1') {
      writeFileSync(file, actual);
    }
    expect(actual).toBe(readFileSync(file, 'utf8'));
  });

  it.each(scripts)('%s: twice is once, in every shape, and nothing breaks', (name) => {
    const original = readFileSync(path.join(folder, name), 'utf8');
    for (const text of [original, original.replaceAll('\n', '\r\n'), `\uFEFF${original}`, original.trimEnd()]) {
      for (const id of fixesFor(name)) {
        const outcome = apply(id, name, text);
        if (outcome.kind !== 'edits') {
          continue;
        }
        const after = applyEdits(text, outcome.edits);
        expect(apply(id, name, after).kind, id).toBe('already-there');
        const [was, is] = [text, after].map((each) => finder.analyse(each, languageOf(name)));
        expect(is && 'root' in is && countSyntaxErrors(is.root), id).toBe(
          was && 'root' in was && countSyntaxErrors(was.root),
        );
        if (text.includes('\r\n')) {
          expect(after.replaceAll('\r\n', ''), id).not.toContain('\n');
        }
      }
    }
  });
});
