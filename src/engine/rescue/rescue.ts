import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { failure, ok } from '../../base/result.js';
import type { Result } from '../../base/result.js';
import type { EngineRequests, SourceText } from '../../contract/engineProtocol.js';
import { applyEdits } from '../../fixes/editing/applyEdits.js';
import type { FixSettings } from '../../fixes/fix.js';
import type { FixDescription, FixOutcome } from '../../model/fix.js';
import type { TrainingLoop } from '../../model/loop.js';
import type { JobRecord, RescuedFrom } from '../../runner/jobRecord.js';
import { checkpointOf, stepInName } from '../../runner/rescue/checkpoints.js';
import type { Checkpoint } from '../../runner/rescue/checkpoints.js';
import { atRate, resumedFrom } from '../../runner/rescue/relaunch.js';
import type { Resumed } from '../../runner/rescue/relaunch.js';
import { HOOKED } from '../discovery/jobRuns.js';
import { momentumFileOf, plannedCopy } from './momentumCopy.js';
import type { CheckpointPort, MomentumCopy } from './momentumCopy.js';
import { windowAround } from './dataWindow.js';
import type { Trouble } from './trouble.js';

/** What runs that diverged or spiked get when they suggest a lower rate: papers on loss spikes halve it or more. */
const RATE_FACTOR = 0.5;
const LOWER_RATE = 'lower-learning-rate';
const RESET_MOMENTUM = 'reset-momentum';
const SKIP_WINDOW = 'skip-data-window';

/** How source files are understood: in this process, or by the engine's thread. */
export interface SourcePort {
  fixes(): Promise<readonly FixDescription[]>;
  loops(source: SourceText): Promise<readonly TrainingLoop[]>;
  fix(params: EngineRequests['fix']['params']): Promise<FixOutcome>;
}

export interface RescuePorts {
  readonly sources: SourcePort;
  readonly checkpoints: CheckpointPort;
}

/** A job whose run is to be saved. */
export interface RescueSubject {
  readonly record: JobRecord;
  /** Absolute. */
  readonly folder: string;
  /** Undefined where nothing was found: then it goes on from its last checkpoint, as after a crash. */
  readonly trouble: Trouble | undefined;
  /** The checkpoint to go on from, where a person has named it; absolute. */
  readonly checkpoint?: string;
  /** The script with the training loop, as it is now. */
  readonly source: SourceText | undefined;
}

/** Where a fix is made: an option of the command, a copy of the checkpoint, or the source. */
export type Means = 'command' | 'checkpoint' | 'source';

/** A fix that can be made for the rescue. */
export interface Measure {
  readonly fix: string;
  readonly title: string;
  readonly why: string;
  readonly means: Means;
  /** What the trouble suggests first. */
  readonly suggested: boolean;
}

/** A fix that answers the trouble and can't be made here. */
export interface Unavailable {
  readonly fix: string;
  readonly title: string;
  readonly reason: string;
}

/** What can be done to save a run. Nothing has been changed. */
export interface RescuePlan {
  readonly subject: RescueSubject;
  readonly checkpoint: Pick<Checkpoint, 'path' | 'step'> | undefined;
  readonly resumed: Resumed | undefined;
  /** The file of the checkpoint in which its momentum is, or why it can't be reset there. */
  readonly momentum: Result<string>;
  /** In the order of their fitness. */
  readonly measures: readonly Measure[];
  readonly unavailable: readonly Unavailable[];
}

/** How a run is saved, to be shown and confirmed. Nothing has been changed. */
export interface Rescue {
  readonly plan: RescuePlan;
  readonly command: readonly string[];
  readonly from: RescuedFrom;
  /** What is to be known of it, a line each. */
  readonly notes: readonly string[];
  /** The source as it will be; undefined where it stays as it is. */
  readonly edited: string | undefined;
  /** What has to be written before the start. */
  readonly copy: MomentumCopy | undefined;
  /** Fixes that were asked for and can't be made. */
  readonly refused: readonly { readonly fix: string; readonly reason: string }[];
}

const SOURCE_FILE = /\.(?:py|m?[jt]s|cjs|cts)$/i;

/** The script that a job runs, absolute: a word of its command, or the file of its module. */
export function scriptOf({ command, cwd }: Pick<JobRecord, 'command' | 'cwd'>): string | undefined {
  const script = command.find((word) => SOURCE_FILE.test(word));
  const module = command[command.indexOf('-m') + 1];
  const file = script ?? (command.includes('-m') && module ? `${module.replaceAll('.', '/')}.py` : undefined);
  return file === undefined ? undefined : path.resolve(cwd, file);
}

/** Works out from where a run can go on, and which of the fixes that its trouble suggests can be made. */
export async function planRescue(subject: RescueSubject, ports: RescuePorts): Promise<RescuePlan> {
  const { record, folder, trouble, source } = subject;
  const checkpoint =
    subject.checkpoint === undefined
      ? await checkpointOf(record, folder, trouble?.fromStep)
      : { path: subject.checkpoint, step: stepInName(path.basename(subject.checkpoint)) };
  const resumed = checkpoint && resumedFrom(record.command, source?.text ?? '', checkpoint.path);
  const momentum =
    checkpoint && resumed?.isNamed === true
      ? await momentumFileOf(checkpoint.path, ports.checkpoints)
      : failure('the command names no checkpoint of which a copy could be taken');
  const plan = { subject, checkpoint, resumed, momentum, measures: [], unavailable: [] };
  const known = await ports.sources.fixes();
  const ways = await Promise.all(
    known
      .filter(({ id }) => trouble?.fixes.includes(id))
      .map(async (description) => ({ description, way: await wayOf(description.id, plan, ports) })),
  );
  const order = ({ description: { id } }: (typeof ways)[number]) => trouble?.fixes.indexOf(id) ?? 0;
  const sorted = ways.sort((one, other) => order(one) - order(other));
  const available = sorted.flatMap(({ description: { id, title, why }, way }) =>
    way.ok ? [{ fix: id, title, why, means: way.value }] : [],
  );
  const suggested = await suggestedAmong(available, plan, ports);
  return {
    ...plan,
    measures: available.map((measure) => ({ ...measure, suggested: suggested.has(measure.fix) })),
    unavailable: sorted.flatMap(({ description: { id, title }, way }) =>
      way.ok ? [] : [{ fix: id, title, reason: way.error }],
    ),
  };
}

/** Lower rate, fresh momentum and other data where they are suggested, and the fix that fits best of the others. */
async function suggestedAmong(
  available: readonly { readonly fix: string }[],
  { subject: { source, folder }, checkpoint }: RescuePlan,
  { sources }: RescuePorts,
): Promise<ReadonlySet<string>> {
  const ids = available.map(({ fix }) => fix);
  const best = ids.find((id) => ![LOWER_RATE, RESET_MOMENTUM, SKIP_WINDOW].includes(id));
  const accumulates = source ? (await sources.loops(source)).some(({ accumulation }) => accumulation) : false;
  // Steps that are not the optimizer's, or of several batches, do not tell which batches those of the trouble were.
  const tellsBatches = checkpoint !== undefined && !accumulates && (await hasHookRows(folder));
  return new Set(
    ids.filter((id) => id === best || (id === SKIP_WINDOW ? tellsBatches : [LOWER_RATE, RESET_MOMENTUM].includes(id))),
  );
}

/** Whether the hook has written rows of the run: their steps are those of the optimizer. */
async function hasHookRows(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  return names.some((name) => HOOKED.test(name));
}

async function wayOf(fix: string, plan: RescuePlan, { sources }: RescuePorts): Promise<Result<Means>> {
  const { subject, checkpoint, momentum } = plan;
  if (fix === LOWER_RATE && slowed(plan) !== undefined) {
    return ok('command');
  }
  if (fix === RESET_MOMENTUM) {
    if (!checkpoint) {
      return failure('It starts from the beginning, with fresh momentum.');
    }
    if (momentum.ok) {
      return ok('checkpoint');
    }
  }
  if (!subject.source) {
    return failure('The script that it runs is not known.');
  }
  const outcome = await sources.fix({ ...subject.source, fix, settings: settingsOf(fix, plan) });
  switch (outcome.kind) {
    case 'edits':
      return ok('source');
    case 'already-there':
      return failure(`It is there already, on line ${outcome.line + 1}.`);
    case 'refused':
      return failure(
        fix === RESET_MOMENTUM && !momentum.ok
          ? `${outcome.reason} In the checkpoint: ${momentum.error}.`
          : outcome.reason,
      );
  }
}

function slowed({ subject: { record, source } }: RescuePlan): ReturnType<typeof atRate> {
  return atRate(record.command, source?.text ?? '', RATE_FACTOR);
}

function settingsOf(fix: string, { subject, checkpoint }: RescuePlan): FixSettings {
  const { trouble, source } = subject;
  switch (fix) {
    case LOWER_RATE:
      return { factor: RATE_FACTOR };
    case SKIP_WINDOW:
      return trouble ? { ...windowAround(trouble, checkpoint?.step ?? null, source?.text ?? '') } : {};
    default:
      return {};
  }
}

/** Puts a rescue together from the fixes that were chosen; those of the plan, or others by their ids. */
export async function composeRescue(plan: RescuePlan, fixes: readonly string[], ports: RescuePorts): Promise<Rescue> {
  const { subject, checkpoint, resumed } = plan;
  const { record, folder, source } = subject;
  let command = resumed?.command ?? record.command;
  let text = source?.text ?? '';
  let copy: MomentumCopy | undefined;
  const notes = [...notesOn(plan)];
  const refused: { fix: string; reason: string }[] = [];
  const made: string[] = [];
  for (const fix of fixes) {
    const way = await wayOf(fix, plan, ports);
    if (!way.ok) {
      refused.push({ fix, reason: way.error });
      continue;
    }
    made.push(fix);
    if (way.value === 'command') {
      const slower = atRate(command, text, RATE_FACTOR);
      command = slower?.command ?? command;
      notes.push(`Learning rate ${slower?.from ?? ''} → ${slower?.to ?? ''}.`);
    } else if (way.value === 'checkpoint' && plan.momentum.ok && checkpoint) {
      const to = await plannedCopy(checkpoint.path, folder);
      copy = { checkpoint: checkpoint.path, momentum: plan.momentum.value, copy: to };
      notes.push(`Momentum is reset in a copy of the checkpoint: ${to}.`);
    } else if (source) {
      const outcome = await ports.sources.fix({ ...source, text, fix, settings: settingsOf(fix, plan) });
      if (outcome.kind === 'refused') {
        refused.push({ fix, reason: outcome.reason });
        made.pop();
      } else if (outcome.kind === 'edits') {
        text = applyEdits(text, outcome.edits);
        notes.push(...outcome.notes);
      }
    }
  }
  const from = copy?.copy ?? checkpoint?.path ?? null;
  return {
    plan,
    command: copy && checkpoint ? (resumedFrom(command, source?.text ?? '', copy.copy)?.command ?? command) : command,
    from: { folder, checkpoint: from, step: checkpoint?.step ?? null, fixes: made },
    notes: [...new Set(notes)],
    edited: text === (source?.text ?? '') ? undefined : text,
    copy,
    refused,
  };
}

function notesOn({ subject: { trouble }, checkpoint, resumed }: RescuePlan): readonly string[] {
  const why = trouble
    ? `${trouble.title} (since step ${trouble.fromStep}).`
    : 'Nothing wrong has been found in this run: it goes on from its last checkpoint.';
  if (!checkpoint) {
    return [
      trouble
        ? `${why} No checkpoint from before the trouble was found: it starts from the beginning.`
        : 'Nothing wrong has been found in this run, and no checkpoint: it starts from the beginning.',
    ];
  }
  if (!resumed) {
    return [
      why,
      `The script has no option to go on from a checkpoint: edit the command so that it loads ${checkpoint.path}.`,
    ];
  }
  return resumed.isNamed
    ? [why]
    : [why, `The script chooses itself what it goes on from: see that it is ${checkpoint.path} and no later one.`];
}
