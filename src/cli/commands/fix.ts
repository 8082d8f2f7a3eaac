import { writeFile } from 'node:fs/promises';
import { describeFileError } from '../../engine/fileErrors.js';
import { unifiedDiff } from '../../engine/sources/unifiedDiff.js';
import { applyEdits } from '../../fixes/editing/applyEdits.js';
import type { FixSettings } from '../../fixes/fix.js';
import { applyFix, FIXES } from '../../fixes/fixes.js';
import type { LoopFinder } from '../../loops/loopFinder.js';
import type { SourceEdit } from '../../model/sourceEdit.js';
import { CliError, EXIT } from '../cliError.js';
import type { CommandContext } from '../console.js';
import { toJson } from '../../reports/json.js';
import { plainText } from '../../reports/plainText.js';
import { marks } from '../output/textLayout.js';
import { createLoopFinder, fixable, readSource } from './sources.js';
import type { Source } from './sources.js';
import { editsBetween } from './textEdits.js';

export interface FixOptions {
  readonly format: 'text' | 'json';
  readonly list: boolean;
  /** Ids, in the order in which they are made. */
  readonly apply: readonly string[];
  /** As written: "name=value". */
  readonly set: readonly string[];
  readonly write: boolean;
}

interface Refusal {
  readonly fix: string;
  readonly reason: string;
}

/** What several fixes, made one after the other, come to. */
interface Applied {
  readonly text: string;
  readonly edits: readonly SourceEdit[];
  readonly notes: readonly string[];
  readonly refused: readonly Refusal[];
}

/** `evenkeel fix`: shows what fixes would change in a source file, or changes it. */
export async function fix(file: string | undefined, options: FixOptions, context: CommandContext): Promise<number> {
  if (options.list) {
    await context.output.write(
      options.format === 'json' ? toJson({ fixes: FIXES.map(listed) }) + '\n' : listText(context),
    );
    return EXIT.done;
  }
  if (file === undefined || options.apply.length === 0) {
    throw new CliError(
      'fix: name a source file and the fixes: evenkeel fix train.py --apply clip-gradients (or --list)',
    );
  }
  checkIds(options.apply);
  const source = await readSource(file);
  const settings = settingsOf(options.set);
  const applied = applyAll(await createLoopFinder(), source, options.apply, settings);
  if (options.write && applied.edits.length > 0) {
    await write(file, applied.text);
  }
  await report(source, applied, options, context);
  return applied.refused.length > 0 ? EXIT.findings : EXIT.done;
}

function listed({ description }: (typeof FIXES)[number]): unknown {
  const { id, title, why, answers, contraindications, frameworks, settings, papers, labArm } = description;
  return { id, title, why, answers, contraindications, frameworks, settings, papers, labArm };
}

function listText({ output }: CommandContext): string {
  const { strong, faint } = marks(output.usesColour);
  const blocks = FIXES.map(({ description: { id, title, why, answers, frameworks, settings } }) => {
    const names = settings.map((setting) => `${setting.name}=${setting.default}`).join(' ');
    const details = [
      `answers: ${answers.join(', ')}`,
      `frameworks: ${frameworks.join(', ')}`,
      names && `--set ${names}`,
    ];
    return `${strong(id)}  ${title}\n  ${why}\n${details
      .filter(Boolean)
      .map((detail) => faint(`  ${detail}`))
      .join('\n')}\n`;
  });
  return blocks.join('\n');
}

function checkIds(ids: readonly string[]): void {
  const unknown = ids.find((id) => !FIXES.some(({ description }) => description.id === id));
  if (unknown !== undefined) {
    throw new CliError(`fix: there is no fix "${unknown}": evenkeel fix --list names them`);
  }
}

function settingsOf(assignments: readonly string[]): FixSettings {
  return Object.fromEntries(
    assignments.map((assignment) => {
      const at = assignment.indexOf('=');
      if (at < 1) {
        throw new CliError(`--set ${assignment}: write name=value`);
      }
      return [assignment.slice(0, at), assignment.slice(at + 1)];
    }),
  );
}

/** The settings that a fix has; each must be known to one of the fixes. */
function settingsFor(id: string, ids: readonly string[], settings: FixSettings): FixSettings {
  const known = (fixId: string): string[] =>
    FIXES.find(({ description }) => description.id === fixId)?.description.settings.map(({ name }) => name) ?? [];
  const unknown = Object.keys(settings).find((name) => !ids.some((fixId) => known(fixId).includes(name)));
  if (unknown !== undefined) {
    throw new CliError(`--set ${unknown}: ${ids.join(', ')} has no such setting: evenkeel fix --list names them`);
  }
  return Object.fromEntries(Object.entries(settings).filter(([name]) => known(id).includes(name)));
}

/** Each fix sees what the one before it made. A refusal leaves the whole file as it was. */
function applyAll(finder: LoopFinder, source: Source, ids: readonly string[], settings: FixSettings): Applied {
  let text = source.text;
  const notes: string[] = [];
  const refused: Refusal[] = [];
  const edits: SourceEdit[] = [];
  for (const id of ids) {
    const current = fixable({ ...source, text });
    const outcome = current.inFile(applyFix(finder, id, current.program, settingsFor(id, ids, settings)));
    if (outcome.kind === 'refused') {
      refused.push({ fix: id, reason: outcome.reason });
    } else if (outcome.kind === 'edits') {
      text = applyEdits(text, outcome.edits);
      edits.push(...outcome.edits);
      notes.push(...outcome.notes);
    } else {
      const { cell, line } = current.placeOf(outcome.line);
      const what = outcome.what === undefined ? '' : `: ${outcome.what}`;
      notes.push(`${id} is there already, ${cell === undefined ? 'on' : `in cell ${cell} on`} line ${line}${what}`);
    }
  }
  if (refused.length > 0) {
    return { text: source.text, edits: [], notes: [], refused };
  }
  // Later edits refer to what earlier ones made: together they are told anew, against the file as it is.
  return { text, edits: ids.length === 1 ? edits : editsBetween(source.path, source.text, text), notes, refused };
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new CliError(`${file}: ${describeFileError(error)}`);
  }
}

async function report(source: Source, applied: Applied, options: FixOptions, context: CommandContext): Promise<void> {
  const { edits, refused, notes } = applied;
  if (options.format === 'json') {
    await context.output.write(toJson({ edits, refused, notes }) + '\n');
    return;
  }
  for (const { fix: id, reason } of refused) {
    context.complain(`${source.path}: ${id}: ${reason}`);
  }
  for (const note of notes) {
    context.complain(`${source.path}: ${note}`);
  }
  if (applied.text !== source.text) {
    await context.output.write(readable(fixable(source).diffTo(applied.text), context));
  }
}

/** As {@link readable}, of two texts of a file. */
export function diffText(file: string, before: string, after: string, context: CommandContext): string {
  return readable(unifiedDiff(file, before, after), context);
}

/** A patch as it is; in colours, and with nothing that a terminal would obey, on a terminal. */
function readable(diff: string, context: CommandContext): string {
  const lines = diff.split('\n');
  return lines.map((line) => (context.output.isTerminal ? coloured(line, context) : line)).join('\n');
}

function coloured(line: string, { output }: CommandContext): string {
  const { good, error, info } = marks(output.usesColour);
  const safe = line.split('\t').map(plainText).join('\t');
  return line.startsWith('+')
    ? good(safe)
    : line.startsWith('-')
      ? error(safe)
      : line.startsWith('@')
        ? info(safe)
        : safe;
}
