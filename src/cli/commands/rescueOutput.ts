import type { Rescue, Means } from '../../engine/rescue/rescue.js';
import { commandText } from '../../runner/commandLine.js';
import type { CommandContext } from '../console.js';
import { toJson } from '../../reports/json.js';
import { plainText } from '../../reports/plainText.js';
import { marks } from '../output/textLayout.js';
import { diffText } from './fix.js';
import { editsBetween } from './textEdits.js';

const MADE_IN: Readonly<Record<Means, string>> = {
  command: 'in the command',
  checkpoint: 'in a copy of the checkpoint',
  source: 'in the source',
};

interface PrintOptions {
  readonly format: 'text' | 'json';
  readonly apply: boolean;
}

/** Says how a run would be saved; as one line of JSON where those of the job follow. */
export async function printRescue(
  rescue: Rescue,
  chosen: readonly string[],
  { format, apply }: PrintOptions,
  context: CommandContext,
): Promise<void> {
  const text =
    format === 'json' ? toJson(asJson(rescue, chosen, apply), apply ? 0 : 2) : asText(rescue, chosen, apply, context);
  await context.output.write(`${text}\n`);
}

function asJson(
  { plan, command, from, notes, edited, copy }: Rescue,
  chosen: readonly string[],
  apply: boolean,
): object {
  const { subject, checkpoint, measures, unavailable } = plan;
  const { trouble, source, record } = subject;
  return {
    version: 1,
    event: 'rescue',
    applied: apply,
    run: subject.folder,
    trouble: trouble ?? null,
    checkpoint: checkpoint ? { path: checkpoint.path, step: checkpoint.step } : null,
    startsFrom: from.checkpoint,
    copied: copy !== undefined,
    command,
    before: record.command,
    fixes: measures.map((measure) => ({ ...measure, chosen: chosen.includes(measure.fix) })),
    unavailable,
    edits: source && edited !== undefined ? editsBetween(source.path, source.text, edited) : [],
    notes,
  };
}

function asText(rescue: Rescue, chosen: readonly string[], apply: boolean, context: CommandContext): string {
  const { plan, command, from, notes, edited } = rescue;
  const { subject, checkpoint, measures, unavailable } = plan;
  const { strong, good, error, faint } = marks(context.output.usesColour);
  const step = from.step === null ? '' : ` (step ${from.step})`;
  const others = chosen.filter((id) => !measures.some(({ fix }) => fix === id));
  const lines = [
    strong(plainText(subject.record.name)),
    ...notes.map((note) => `  ${plainText(note)}`),
    `  from ${checkpoint ? plainText(from.checkpoint ?? '') + step : 'the beginning'}`,
    error(`  - $ ${plainText(commandText(subject.record.command))}`),
    good(`  + $ ${plainText(commandText(command))}`),
    ...measures.map(({ fix, title, means }) => {
      const mark = chosen.includes(fix) ? '[x]' : '[ ]';
      return `  ${mark} ${strong(fix)}  ${title}, ${MADE_IN[means]}`;
    }),
    ...others.map((id) => `  [x] ${strong(id)}`),
    ...unavailable.map(({ fix, reason }) => faint(`   –  ${fix}: ${plainText(reason)}`)),
  ];
  const { source } = subject;
  const diff = source && edited !== undefined ? diffText(source.path, source.text, edited, context).trimEnd() : '';
  const next = apply
    ? ''
    : faint('Nothing has been changed or started: --apply does both, --fix chooses what is made.');
  return [lines.join('\n'), diff, next].filter(Boolean).join('\n\n');
}
