import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { corpusFolder, ownCorpus, sharedCorpus } from './labels.js';
import type { Corpus } from './labels.js';
import { keptResults, RESULTS_FILE } from './results.js';
import { scoreCorpus } from './scoreboard.js';
import type { CorpusResult, JudgeResult, ScoredCorpus } from './scoreboard.js';
import { scoreFaulty, scoreHealthy } from './syntheticTable.js';
import type { FamilyScore } from './syntheticTable.js';
import { table } from './table.js';

/**
 * The scoreboard of the monitors: over runs of other people, where they are there, over both halves of the project's
 * own, and over made-up ones; the rules of the field beside it.
 *
 * `--json` prints the numbers as JSON. `--write` keeps them in results.json, from which `npm run docs` makes the table
 * of the README. `--predictions FILE` writes what was found in runs of other people, in the form that their score.py
 * reads. `--only shared|tuning|reporting|made-up` does a part. `--seeds N` makes more or fewer made-up runs of each
 * family.
 */
function main(args: readonly string[]): void {
  const only = option(args, '--only');
  const asJson = args.includes('--json');
  const scored = corpora()
    .filter(({ id }) => only === undefined || only === id)
    .map(scoreCorpus);
  const results = scored.map(({ result }) => result);
  const target = option(args, '--predictions');
  const shared = scored.find(({ result }) => result.id === 'shared');
  if (target !== undefined && shared !== undefined) {
    const own = [...shared.predictions].map(([id, said]) => [id, said.filter(({ link }) => link !== true)]);
    writeFileSync(target, JSON.stringify(Object.fromEntries(own)));
  }
  if (args.includes('--write')) {
    keep(results);
  } else {
    complainOfStale(results);
  }
  if (asJson) {
    console.log(JSON.stringify(results, null, 2));
    return;
  }
  scored.forEach((corpus) => console.log(`${describeCorpus(corpus)}\n`));
  if (only === undefined || only === 'made-up') {
    const seeds = Number(option(args, '--seeds') ?? 20);
    console.log(`Made-up healthy runs: with a warning or error\n\n${describeFamilies(scoreHealthy(seeds))}\n`);
    console.log(`Made-up runs with a fault: fault not reported\n\n${describeFamilies(scoreFaulty(seeds))}`);
  }
}

function corpora(): readonly Corpus[] {
  const folder = corpusFolder();
  if (folder === undefined) {
    console.error('skipped: runs of other people: EVENKEEL_CORPUS is not set and ../shared/corpus is not there');
  }
  return [...(folder === undefined ? [] : [sharedCorpus(folder)]), ownCorpus('tuning'), ownCorpus('reporting')];
}

/** Whoever changes a monitor sees what it does to the scoreboard, and writes it anew. */
function complainOfStale(results: readonly CorpusResult[]): void {
  const stale = results.filter(
    ({ id, said }) =>
      said !== undefined && JSON.stringify(said) !== JSON.stringify(keptResults().find((kept) => kept.id === id)?.said),
  );
  if (stale.length > 0) {
    console.error(
      `${RESULTS_FILE} is out of date (${stale.map(({ id }) => id).join(', ')}): npm run corpus -- --write`,
    );
    process.exitCode = 1;
  }
}

/** Results of corpora that were not scored this time stay as they are. */
function keep(results: readonly CorpusResult[]): void {
  const file = path.join(import.meta.dirname, RESULTS_FILE);
  const kept = keptResults().filter(({ id }) => !results.some((result) => result.id === id));
  const order = ['shared', 'tuning', 'reporting'];
  const all = [...kept, ...results].toSorted((left, right) => order.indexOf(left.id) - order.indexOf(right.id));
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
}

function describeCorpus({ result, score, takenBack, refused }: ScoredCorpus): string {
  const [product, ...baselines] = result.judges as [JudgeResult, ...JudgeResult[]];
  const kinds = Object.entries(product.kinds);
  const cell = (judge: JudgeResult, kind: string): string => judge.kinds[kind]?.f1.toFixed(2) ?? '';
  return [
    `${result.title}: ${result.runs} runs, ${result.healthy} healthy`,
    '',
    table([
      [
        'kind',
        'found',
        'of',
        'wrong',
        'delay (rows)',
        '(steps)',
        '(% of run)',
        'F1',
        ...baselines.map(({ title }) => title),
      ],
      ...kinds.map(([kind, { found, wanted, wrong, f1, delayRows, delaySteps, delayShare }]) => [
        kind,
        found,
        wanted,
        wrong,
        delayRows ?? '',
        delaySteps ?? '',
        delayShare === undefined ? '' : (100 * delayShare).toFixed(1),
        f1.toFixed(2),
        ...baselines.map((judge) => cell(judge, kind)),
      ]),
    ]),
    '',
    table([
      ['judge', 'precision', 'recall', 'F1', 'false alarms per 100 healthy', 'at any time'],
      ...result.judges.map(({ title, precision, recall, f1, falseAlarms, falseAlarmsEver }) => [
        title,
        ...[precision, recall, f1].map((share) => share.toFixed(3)),
        falseAlarms.toFixed(1),
        falseAlarmsEver.toFixed(1),
      ]),
    ]),
    ...lines('false alarm', score.alarmed),
    ...lines('taken back', takenBack),
    ...lines('wrong', score.wrong),
    ...lines('missed', score.missed),
    ...lines('not read', refused),
  ].join('\n');
}

function lines(heading: string, entries: readonly string[]): string[] {
  return entries.map((entry) => `  ${heading}: ${entry}`);
}

function describeFamilies(scores: readonly FamilyScore[]): string {
  return [
    table([['family', 'failures', 'runs'], ...scores.map(({ name, failures, runs }) => [name, failures, runs])]),
    ...scores.flatMap(({ name, examples }) => examples.map((example) => `  ${name}, ${example}`)),
  ].join('\n');
}

function option(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args[at + 1];
}

main(process.argv.slice(2));
