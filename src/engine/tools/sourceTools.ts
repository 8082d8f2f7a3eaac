import { z } from 'zod';
import { applyEdits } from '../../fixes/editing/applyEdits.js';
import type { FixOutcome } from '../../model/fix.js';
import { SYMPTOMS } from '../../model/symptom.js';
import { textDigest } from '../textDigest.js';
import { unifiedDiff } from '../unifiedDiff.js';
import { tool } from './tool.js';

const file = z
  .string()
  .min(1)
  .describe('Path of a source file: Python, JavaScript, TypeScript, YAML, JSON, TOML, shell');

/** Why a notebook is left alone: a diff of its JSON would be of lines that nobody wrote. */
export const NOTEBOOK_REFUSAL =
  'cells of a notebook are not edited through its file: open the notebook in the editor, where Evenkeel shows the fix in its cell, or export it with jupyter nbconvert --to script and name the script';

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
});

export const describeLoops = tool({
  name: 'describe_loops',
  title: 'Describe the training loops of a file',
  description:
    'Finds the training loops of a source file and says how they train: framework, optimizer, scheduler, clipping, mixed precision, accumulation, and mistakes that show in the source alone. Lines count from 1.',
  input: z.object({ file }),
  async run(input, services, signal) {
    const source = await services.readSource(input.file);
    const loops = await services.request('loops', source, signal);
    return {
      file: source.path,
      loops: loops.map(({ from, to, backward, step, zeroGrad, clipping, warnings, ...loop }) => ({
        ...loop,
        lines: [from.line + 1, to.line + 1],
        backwardLine: lineOf(backward),
        optimizerStepLine: lineOf(step),
        zeroGradLine: lineOf(zeroGrad),
        clipping: { kind: clipping.kind, limit: clipping.limit ?? null, line: lineOf(clipping) },
        warnings: warnings.map(({ line, ...warning }) => ({ ...warning, line: line + 1 })),
      })),
    };
  },
});

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
    'Shows, as a unified diff, how a fix would change a source file, or says why it must not or cannot be made there. Nothing is changed.',
  input: fixInput,
  async run({ file: path, fix, settings = {}, line }, services, signal) {
    const source = await services.readSource(path);
    if (source.language === 'notebook') {
      return { outcome: 'refused', reason: NOTEBOOK_REFUSAL };
    }
    const at = line === undefined ? {} : { line: line - 1 };
    const outcome = await services.request('fix', { ...source, fix, settings, ...at }, signal);
    if (outcome.kind !== 'edits') {
      return noChange(outcome);
    }
    return {
      outcome: 'diff',
      diff: unifiedDiff(source.path, source.text, applyEdits(source.text, outcome.edits)),
      notes: outcome.notes,
      before: textDigest(source.text),
    };
  },
});

/** What an agent is told where a fix changes nothing; lines count from 1. */
export function noChange(outcome: Exclude<FixOutcome, { kind: 'edits' }>): object {
  return outcome.kind === 'refused'
    ? { outcome: 'refused', reason: outcome.reason }
    : { outcome: 'already-there', line: outcome.line + 1 };
}

function lineOf(place: { readonly line?: number } | undefined): number | null {
  return place?.line === undefined ? null : place.line + 1;
}
