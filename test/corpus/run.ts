import { writeFileSync } from 'node:fs';
import { describeScore, scoreCorpus } from './corpusScore.js';
import { corpusFolder } from './labels.js';
import { scoreFaulty, scoreHealthy } from './syntheticTable.js';
import type { FamilyScore } from './syntheticTable.js';
import { table } from './table.js';

/**
 * The scoreboard of the monitors: over the labelled real runs, where they are there, and over made-up ones.
 * `--predictions FILE` writes what was found in the form that the corpus' own score.py reads; `--seeds N` makes more or
 * fewer made-up runs of each family.
 */
function main(args: readonly string[]): void {
  const folder = corpusFolder();
  if (folder === undefined) {
    console.log('skipped: labelled runs: EVENKEEL_CORPUS is not set and ../shared/corpus is not there');
  } else {
    const result = scoreCorpus(folder);
    console.log(`Labelled runs\n\n${describeScore(result)}\n`);
    const target = option(args, '--predictions');
    if (target !== undefined) {
      writeFileSync(target, JSON.stringify(Object.fromEntries(result.predictions)));
    }
  }
  const seeds = Number(option(args, '--seeds') ?? 20);
  console.log(`Made-up healthy runs: with a warning or error\n\n${describe(scoreHealthy(seeds))}\n`);
  console.log(`Made-up runs with a fault: fault not reported\n\n${describe(scoreFaulty(seeds))}`);
}

function describe(scores: readonly FamilyScore[]): string {
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
