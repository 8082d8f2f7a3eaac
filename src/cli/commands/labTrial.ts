import path from 'node:path';
import type { ReportedFinding } from '../../contract/report.js';
import { discoverOnce, replayRun } from '../../engine/replay.js';
import type { ReplayedRun } from '../../engine/replay.js';
import { factsOfRun, knowledgeOf } from '../../engine/facts/runFacts.js';
import { factsOfSource } from '../../engine/facts/sourceFacts.js';
import { provokedSymptom, trialRequestFor, trialRequestForSymptom } from '../../engine/lab/trialRequest.js';
import { FIXES } from '../../fixes/fixes.js';
import { LabDiskError, tryFix } from '../../lab/lab.js';
import type { RunFacts, TrialOptions, TrialRecord, TrialRequest } from '../../lab/lab.js';
import { SYMPTOMS } from '../../model/symptom.js';
import type { Symptom } from '../../model/symptom.js';
import { CliError, EXIT } from '../cliError.js';
import type { CommandContext } from '../console.js';
import { toJson } from '../../reports/json.js';
import { nothingRead } from './diagnose.js';
import { trialText } from './labOutput.js';
import { createLoopFinder, fixable, readSource } from './sources.js';

/** What names a trial: a run with a finding, or a symptom. */
export interface TrialQuestion {
  /** A log, or the folder of a run. */
  readonly run?: string;
  /** Id of a finding of the run, its monitor, or a symptom; the run's first finding that can be tried otherwise. */
  readonly finding?: string;
  /** The source that trained it. */
  readonly source?: string;
  /** Ids of fixes; those that the finding offers otherwise. */
  readonly fix: readonly string[];
}

/** Tries the fixes for a finding and prints what they did. */
export async function labTrial(
  question: TrialQuestion,
  options: Omit<TrialOptions, 'onEvent'> & { readonly onProgress?: NonNullable<TrialProgress> },
  format: 'text' | 'json',
  context: CommandContext,
): Promise<number> {
  const request = await requestFor(question, context);
  context.signal.throwIfAborted();
  const record = await kept(request, options);
  if (record.state === 'stopped' && context.signal.aborted) {
    context.complain(
      `lab: interrupted; what was trained is kept in ${options.folder}, and the same command goes on from there`,
    );
  }
  await context.output.write(
    format === 'json' ? `${toJson(jsonOf(record))}\n` : trialText(record, options.folder, context.output),
  );
  return record.state === 'failed' ? EXIT.unusable : EXIT.done;
}

type TrialProgress = (
  progress: Extract<Parameters<NonNullable<TrialOptions['onEvent']>>[0], { kind: 'progress' }>['progress'],
) => void;

async function kept(
  request: TrialRequest,
  { onProgress, ...options }: Parameters<typeof labTrial>[1],
): Promise<TrialRecord> {
  try {
    return await tryFix(request, {
      ...options,
      onEvent: (event) => {
        if (event.kind === 'progress') {
          onProgress?.(event.progress);
        }
      },
    });
  } catch (error) {
    throw error instanceof LabDiskError ? new CliError(`lab: ${error.message}`) : error;
  }
}

/** The record, with the keys that every result of the lab has. */
function jsonOf(record: TrialRecord): object {
  return {
    version: 1,
    reproduced: record.reproduction?.reproduced ?? false,
    proxy: record.plan?.proxy ?? null,
    ...record,
  };
}

async function requestFor(question: TrialQuestion, context: CommandContext): Promise<TrialRequest> {
  const unknown = question.fix.find((id) => !FIXES.some(({ description }) => description.id === id));
  if (unknown !== undefined) {
    throw new CliError(`lab: there is no fix "${unknown}": evenkeel fix --list names them`);
  }
  const source = question.source === undefined ? {} : await sourceFacts(question.source);
  if (question.run === undefined) {
    const symptom = SYMPTOMS.find((one) => one === question.finding);
    if (symptom === undefined) {
      throw new CliError(
        'lab: name the run that has the finding with --run, or one of these symptoms: ' + SYMPTOMS.join(', '),
      );
    }
    return trialRequestForSymptom(symptom, source, question.fix);
  }
  const run = await replayed(question.run, context);
  const facts = factsOfRun(knowledgeOf(run.report, run.session.analysis.signals()), source);
  const finding = findingOf(run, question);
  return finding === undefined
    ? trialRequestForSymptom(question.finding as Symptom, facts, question.fix)
    : trialRequestFor(run.report, finding, facts, question.fix);
}

async function sourceFacts(file: string): Promise<RunFacts> {
  const { program } = fixable(await readSource(file));
  const finder = await createLoopFinder();
  return factsOfSource(finder.analyse(program.text, program.language));
}

async function replayed(place: string, { now, signal }: CommandContext): Promise<ReplayedRun> {
  const replay = { roles: {}, now, signal };
  const { runs, unreadable } = await discoverOnce([place], [], replay);
  const [first] = runs;
  if (first === undefined) {
    throw new CliError(nothingRead([place], unreadable));
  }
  if (runs.length > 1) {
    const names = runs.slice(0, 5).map(({ description }) => path.relative(process.cwd(), description.location));
    throw new CliError(`${place}: holds ${runs.length} runs: name one of them, such as ${names.join(', ')}`);
  }
  return replayRun(first, replay);
}

/** Undefined where a symptom is named that the run itself does not show. */
function findingOf({ report }: ReplayedRun, { run, finding: wanted }: TrialQuestion): ReportedFinding | undefined {
  const { findings } = report;
  if (wanted !== undefined) {
    const found = findings.find(({ id, monitor, symptom }) => [id, monitor, symptom].includes(wanted));
    if (found === undefined && !SYMPTOMS.some((symptom) => symptom === wanted)) {
      const there = findings.map(({ id }) => id).join(', ');
      throw new CliError(`${run}: has no finding "${wanted}"; ${there === '' ? 'it has none' : `it has ${there}`}`);
    }
    return found;
  }
  if (findings.length === 0) {
    throw new CliError(
      `${run}: has no finding to try a fix against; name a symptom with --finding to try it all the same`,
    );
  }
  return findings.find((finding) => provokedSymptom(finding) !== undefined) ?? findings[0];
}
