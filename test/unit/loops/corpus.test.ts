import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { LoopFinder } from '../../../src/loops/loopFinder.js';
import type { TrainingLoop } from '../../../src/model/loop.js';
import type { SourceLanguage } from '../../../src/model/sourceLanguage.js';
import { packagedGrammars } from './grammars.js';

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../golden/loops');
/** Sources of other projects' languages end in .txt, so that no tool takes them for this project's own. */
const LANGUAGES: Readonly<Record<string, SourceLanguage>> = {
  '.py': 'python',
  '.ts': 'typescript',
  '.js': 'javascript',
};
const files = readdirSync(folder)
  .filter((file) => languageOf(file) !== undefined)
  .sort();

function languageOf(file: string): SourceLanguage | undefined {
  return LANGUAGES[path.extname(file.replace(/\.txt$/, ''))];
}

let finder: LoopFinder;

beforeAll(async () => {
  finder = await LoopFinder.create(packagedGrammars);
});

function find(file: string, change = (text: string) => text): readonly TrainingLoop[] {
  const text = readFileSync(path.join(folder, file), 'utf8');
  return finder.find(change(text), languageOf(file)!);
}

/** A loop on one line, lines counted from 1 as in an editor. */
function told({ framework, from, to, backward, step, optimizer, scheduler, ...loop }: TrainingLoop): string {
  const line = (place: { readonly line: number } | undefined) => (place ? String(place.line + 1) : '-');
  const { kind, limit } = loop.clipping;
  return [
    `${framework} ${from.line + 1}-${to.line + 1}`,
    `backward ${line(backward)} step ${line(step)}`,
    `${optimizer ?? '-'} ${scheduler ?? '-'}`,
    `clip ${kind}${limit === undefined ? '' : ` ${limit}`}`,
    loop.amp,
    loop.accumulation ? 'accumulates' : 'steps',
    ...loop.warnings.map(({ rule, line: at }) => `${rule}@${at + 1}`),
  ].join(' | ');
}

describe('the corpus of loops in the styles of public code', () => {
  it('is read as its golden file says', async () => {
    const text = files.map((file) => [file, ...find(file).map((loop) => `  ${told(loop)}`)].join('\n')).join('\n');
    await expect(`${text}\n`).toMatchFileSnapshot(path.join(folder, 'loops.golden'));
  });

  it('holds at least 60 loops, and no rule speaks of them', () => {
    const loops = files.flatMap((file) => find(file));
    expect(loops.length).toBeGreaterThanOrEqual(60);
    expect(loops.flatMap(({ warnings }) => warnings)).toEqual([]);
  });

  it.each(files)('%s is read alike with CR LF', (file) => {
    expect(find(file, (text) => text.replaceAll('\n', '\r\n'))).toEqual(find(file));
  });
});

describe('half-typed code', () => {
  it.each(files)('%s, cut anywhere or with a piece missing, never stops the finder', (file) => {
    const { length } = readFileSync(path.join(folder, file), 'utf8');
    for (let at = 0; at < length; at += 97) {
      expect(() => find(file, (text) => text.slice(0, at))).not.toThrow();
      expect(() => find(file, (text) => text.slice(0, at) + text.slice(at + 11))).not.toThrow();
      expect(() => find(file, (text) => `${text.slice(0, at)}\uFFFD(\t[${text.slice(at)}`)).not.toThrow();
    }
  });
});

it('reads a file of 20,000 lines', () => {
  const loop = readFileSync(path.join(folder, 'pytorch_mnist.py'), 'utf8');
  const filler = Array.from({ length: 20_000 }, (_, index) => `value_${index} = compute(${index}, key="k${index}")`);
  expect(finder.find(`${loop}\n${filler.join('\n')}\n`, 'python')).toHaveLength(1);
});
