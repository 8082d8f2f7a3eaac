import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { Claim } from '../../../src/lab/experiments/experiment.js';
import { EXPERIMENTS } from '../../../src/lab/experiments/experiments.js';
import { METRICS } from '../../../src/lab/experiments/metrics.js';
import type { ExperimentResult } from '../../../src/lab/experiments/result.js';
import { runExperiment } from '../../../src/lab/experiments/runExperiment.js';
import { usualConcurrency } from '../../../src/lab/lab.js';

const PAGE = path.resolve('docs/lab.md');
const [BEGIN, END] = ['<!-- generated: claims -->', '<!-- end of generated: claims -->'];
const STANDARD_BUDGET_S = 600;
const SEEDS = 3;

function option(name: string): string | undefined {
  const start = `--${name}=`;
  return process.argv.find((argument) => argument.startsWith(start))?.slice(start.length);
}

/**
 * Runs every claim within its budget and writes what came of it into the page. `--only=ID,ID` runs those and leaves the
 * rows of the others as they are: the same settings and seeds give the same numbers.
 */
export async function holdClaims(file: string): Promise<void> {
  const budget = Number(option('budget') ?? STANDARD_BUDGET_S);
  const folder = path.resolve(option('runs') ?? path.join(tmpdir(), 'evenkeel-lab-claims'));
  const only = option('only')?.split(',');
  const rows = await rowsOfPage();
  const claims = EXPERIMENTS.filter((experiment): experiment is Claim => experiment.kind === 'claim');
  const named = claims.filter(({ id }) => only?.includes(id) ?? true);
  for (const claim of named) {
    const result = await runExperiment(claim, {
      file,
      folder,
      budget,
      backend: 'wasm',
      threads: 1,
      packages: null,
      seeds: SEEDS,
      concurrency: usualConcurrency(),
      now: Date.now,
    });
    rows.set(claim.claim, rowFor(claim, result));
    console.log(`${claim.id}: ${verdictOn(claim, result)}`);
    const known = claims.flatMap((one) => rows.get(one.claim) ?? []);
    await writePage(known, result.versions, budget);
  }
}

function verdictOn({ expected, metric }: Claim, { reproduced, verdicts }: ExperimentResult): string {
  const [verdict] = verdicts;
  if (reproduced) {
    return 'reproduced';
  }
  if (verdict === undefined || verdict.seeds < SEEDS) {
    return '**not run to its end**';
  }
  const good = METRICS[metric].better === expected ? 'helps' : 'hurts';
  const contrary = verdict.verdict !== good && (verdict.verdict === 'helps' || verdict.verdict === 'hurts');
  return contrary ? '**not reproduced: the contrary**' : `**not reproduced: ${verdict.verdict}**`;
}

function rowFor(claim: Claim, result: ExperimentResult): string {
  const [verdict] = result.verdicts;
  const number = (value: number | null | undefined): string => (value == null ? '–' : value.toFixed(2));
  const interval = verdict?.interval == null ? '' : ` [${verdict.interval.map(number).join(', ')}]`;
  const papers = claim.papers.map(({ authors, year }) => `${authors.split(',')[0] ?? ''} ${year}`).join('; ');
  const cells = [
    claim.claim,
    papers,
    `\`${claim.arm}\``,
    `${METRICS[claim.metric].title}, ${claim.expected}`,
    number(verdict?.baseline),
    number(verdict?.value),
    `${number(verdict?.effect)}${interval}`,
    verdictOn(claim, result),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** What stands in the page, by the words of the claim. */
async function rowsOfPage(): Promise<Map<string, string>> {
  const [, table = ''] = (await readFile(PAGE, 'utf8')).split(BEGIN);
  const lines = table.split(END)[0]!.split('\n');
  return new Map(
    lines.filter((line) => line.startsWith('| ')).map((line) => [line.split(' | ')[0]!.slice(2).trimEnd(), line]),
  );
}

async function writePage(rows: readonly string[], versions: string, budget: number): Promise<void> {
  const page = await readFile(PAGE, 'utf8');
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`${PAGE}: the marks of the generated table are missing`);
  }
  const table = [
    `${SEEDS} paired seeds; ${versions}, wasm with one thread; at most ${budget} s were spent on each in this making, and runs that were kept from before were taken over. Effects are means of paired differences with their 95 % intervals, in the unit of the measure; losses in nats, ratios in decades, sharpness in octaves.`,
    '',
    '| what the paper says | paper | arm | measure and direction expected | baseline | with the arm | effect | |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
  const text = `${before}${BEGIN}\n\n${table}\n\n${END}${after}`;
  await writeFile(PAGE, await format(text, { ...(await resolveConfig(PAGE)), filepath: PAGE }));
}
