import { z } from 'zod';
import { applyEdits } from '../../fixes/editing/applyEdits.js';
import { loopsInCells, type CellLine, type NotebookLoop } from '../../loops/notebook.js';
import type { FixOutcome } from '../../model/fix.js';
import type { TrainingLoop } from '../../model/loop.js';
import { SYMPTOMS } from '../../model/symptom.js';
import { FixableSource } from '../sources/fixableSource.js';
import { textDigest } from '../sources/textDigest.js';
import { tool } from './tool.js';

const file = z
  .string()
  .min(1)
  .describe('Path of a source file: Python, notebook, JavaScript, TypeScript, YAML, JSON, TOML, shell');

/** What names one change of one file. */
export const fixInput = z.object({
  file,
  fix: z.string().min(1).describe('Id of a fix, as list_fixes or a finding names it'),
  settings: z
    .record(z.string(), z.union([z.number(), z.string()]))
    .optional()
    .describe('Values of the settings that list_fixes names; defaults from the papers otherwise'),
  line: z
    .int()
    .min(1)
    .optional()
    .describe('A line, counted from 1, of the training loop that is meant, where a file has several'),
  cell: z
    .int()
    .min(1)
    .optional()
    .describe('Only with a notebook: the cell, counted from 1 among all cells, in which the line counts'),
});

export const describeLoops = tool({
  name: 'describe_loops',
  title: 'Describe the training loops of a file',
  description:
    'Finds the training loops of a source file and says how they train: framework, optimizer, scheduler, clipping, mixed precision, accumulation, and mistakes that show in the source alone. Lines count from 1; in a notebook they count in cells, which count from 1 too, and a place in another cell than the loop names it.',
  input: z.object({ file }),
  async run(input, services, signal) {
    const { program, notebook } = new FixableSource(await services.readSource(input.file));
    const found = await services.request('loops', program, signal);
    const loops: readonly (TrainingLoop | NotebookLoop)[] = notebook ? loopsInCells(found, notebook.program) : found;
    return { file: program.path, loops: loops.map(described) };
  },
});

function described(loop: TrainingLoop | NotebookLoop): object {
  const { from, to, backward, step, zeroGrad, clipping, warnings, ...rest } = loop;
  const cell = 'cell' in loop ? { cell: loop.cell + 1 } : {};
  return {
    ...{ ...rest, ...cell },
    lines: [from.line + 1, to.line + 1],
    ...placed('backward', backward),
    ...placed('optimizerStep', step),
    ...placed('zeroGrad', zeroGrad),
    clipping: { kind: clipping.kind, limit: clipping.limit ?? null, line: null, ...counted(clipping) },
    warnings: warnings.map((warning) => ({ ...warning, ...counted(warning) })),
  };
}

/** A place under a name of its own, null where there is none. */
function placed(name: string, place: Partial<CellLine> | undefined): object {
  const { line = null, cell } = counted(place);
  return { [`${name}Line`]: line, ...(cell !== undefined && { [`${name}Cell`]: cell }) };
}

/** From 1. */
function counted(place: Partial<CellLine> | undefined): { readonly line?: number; readonly cell?: number } {
  return {
    ...(place?.line !== undefined && { line: place.line + 1 }),
    ...(place?.cell !== undefined && { cell: place.cell + 1 }),
  };
}

export const listFixes = tool({
  name: 'list_fixes',
  title: 'List fixes',
  description:
    'The changes of training code that Evenkeel can make: what each answers, when it must not be used, its settings with where their defaults come from, and the papers behind it.',
  input: z.object({
    symptom: z.enum(SYMPTOMS).optional().describe('Only fixes that answer this symptom of a finding'),
  }),
  async run({ symptom }, services, signal) {
    const fixes = await services.request('fixes', null, signal);
    return {
      fixes: fixes
        .filter(({ answers }) => symptom === undefined || answers.includes(symptom))
        .map(({ papers, ...fix }) => ({ ...fix, papers: papers.map(({ title, year }) => `${title} (${year})`) })),
    };
  },
});

export const proposeFix = tool({
  name: 'propose_fix',
  title: 'Propose a fix as a diff',
  description:
    'Shows, as a unified diff, how a fix would change a source file, or says why it must not or cannot be made there; of a notebook the diff is one of its cells. Nothing is changed.',
  input: fixInput,
  async run(wish, services, signal) {
    const source = new FixableSource(await services.readSource(wish.file));
    const { fix, settings = {} } = wish;
    const asked = { ...source.program, fix, settings, ...source.lineOf(wish) };
    const outcome = source.inFile(await services.request('fix', asked, signal));
    if (outcome.kind !== 'edits') {
      return noChange(outcome, source);
    }
    const { text } = source.file;
    return {
      outcome: 'diff',
      diff: source.diffTo(applyEdits(text, outcome.edits)),
      notes: outcome.notes,
      before: textDigest(text),
    };
  },
});

/** What an agent is told where a fix changes nothing. */
export function noChange(outcome: Exclude<FixOutcome, { kind: 'edits' }>, source: FixableSource): object {
  return outcome.kind === 'refused'
    ? { outcome: 'refused', reason: outcome.reason }
    : { outcome: 'already-there', ...source.placeOf(outcome.line) };
}
