/** What `npm run bench -- loops` runs, bundled as the product is. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Language, Parser } from 'web-tree-sitter';
import type { GrammarName, GrammarSource } from '../../../src/loops/grammar.js';
import { LoopFinder } from '../../../src/loops/loopFinder.js';
import { BOUND_MISSED } from '../support/boundMissed.js';
import { inTurns, Verdicts } from '../support/measure.js';
import { crowdedFile, ordinaryFile, typeScriptFile } from './sources.js';

/** At most so many times what the parser alone needs. */
const LARGEST_RATIO = 4;

const { values: options } = parseArgs({
  options: { lines: { type: 'string', default: '5000' }, rounds: { type: 'string', default: '9' } },
});
const lines = Number(options.lines);
const rounds = Number(options.rounds);
const modules = path.resolve('node_modules');
const verdicts = new Verdicts();

const grammars: GrammarSource = {
  runtime: () => readFile(path.join(modules, 'web-tree-sitter/tree-sitter.wasm')),
  grammar: (name) => readFile(path.join(modules, `tree-sitter-${name}/tree-sitter-${name}.wasm`)),
};

async function parserOf(name: GrammarName): Promise<Parser> {
  const parser = new Parser();
  parser.setLanguage(await Language.load(await grammars.grammar(name)));
  return parser;
}

async function bench(
  title: string,
  text: string,
  language: 'python' | 'typescript',
  finder: LoopFinder,
): Promise<void> {
  const parser = await parserOf(language);
  let round = 0;
  // Another comment each time: an analysis of the same text would be handed out as it was kept.
  const fresh = () => `${text}${language === 'python' ? '#' : '//'} ${(round += 1)}\n`;
  const times = await inTurns(rounds, {
    analysis: () => void finder.analyse(fresh(), language),
    parsing: () => parser.parse(fresh())?.delete(),
  });
  const loops = finder.find(text, language).length;
  console.log(`${title}: ${text.split('\n').length - 1} lines, ${loops} loops`);
  verdicts.note('analysis', `${(times.of('analysis') * 1000).toFixed(0)} ms`);
  verdicts.note('tree-sitter alone', `${(times.of('parsing') * 1000).toFixed(0)} ms`);
  verdicts.ratio('analysis against tree-sitter alone', times.ratio('analysis', 'parsing'), { atMost: LARGEST_RATIO });
}

async function main(): Promise<void> {
  const finder = await LoopFinder.create(grammars);
  await bench('An ordinary file', ordinaryFile(lines), 'python', finder);
  await bench('A file full of loops', crowdedFile(lines, process.cwd()), 'python', finder);
  await bench('TypeScript', typeScriptFile(lines), 'typescript', finder);
  for (const broken of verdicts.broken) {
    console.error(broken);
  }
  process.exitCode = verdicts.broken.length > 0 ? BOUND_MISSED : 0;
}

void main();
