import type { LoopFinder } from '../../loops/loopFinder.js';
import { loopsInCells, type NotebookLoop } from '../../loops/notebook.js';
import type { Setting, SettingsSource } from '../../loops/settings/settingsSource.js';
import type { SourceLines } from '../../loops/syntax/sourceLines.js';
import type { Severity } from '../../model/finding.js';
import type { TrainingLoop } from '../../model/loop.js';
import type { Range } from '../../model/sourceEdit.js';
import { EXIT } from '../cliError.js';
import type { CommandContext } from '../console.js';
import { toJson } from '../../reports/json.js';
import { plural } from '../../reports/numbers.js';
import { plainTexts } from '../../reports/plainText.js';
import { marks } from '../output/textLayout.js';
import type { Marks } from '../output/textLayout.js';
import { reaches } from './diagnose.js';
import { createLoopFinder, fixable, readSource } from './sources.js';
import type { Source } from './sources.js';

export interface LoopsOptions {
  readonly format: 'text' | 'json';
  readonly failOn: Severity | 'never';
}

/** A loop; in a notebook with the place of its cell among all cells, from 0, in which its lines count. */
type FoundLoop = (TrainingLoop & { readonly cell?: never }) | NotebookLoop;

/** A setting of training in a configuration file or on a command line. */
interface FoundSetting {
  readonly role: string;
  readonly path: readonly string[];
  readonly value: Setting['current'];
  /** Where the value is written. */
  readonly range: Range;
}

interface FoundSettings {
  readonly dialect: string;
  readonly settings: readonly FoundSetting[];
}

interface FileLoops {
  readonly path: string;
  readonly language: string;
  readonly loops: readonly FoundLoop[];
  /** Only of files that can hold settings. */
  readonly settings?: readonly FoundSettings[];
}

/** `evenkeel loops`: the training loops of source files. */
export async function loops(files: readonly string[], options: LoopsOptions, context: CommandContext): Promise<number> {
  const sources = await Promise.all(files.map(readSource));
  const finder = await createLoopFinder();
  const found = sources.map((source) => readFile(finder, source, context));
  const text =
    options.format === 'json'
      ? toJson({ version: 1, files: found }) + '\n'
      : plainTexts(found)
          .map((file) => fileText(file, marks(context.output.usesColour)))
          .join('\n');
  await context.output.write(text);
  const warnings = found.flatMap((file) => file.loops).flatMap((loop) => loop.warnings);
  return warnings.some(({ severity }) => reaches(severity, options.failOn)) ? EXIT.findings : EXIT.done;
}

function readFile(finder: LoopFinder, source: Source, context: CommandContext): FileLoops {
  const { path, language, text } = source;
  const { notebook, program } = fixable(source);
  if (notebook) {
    return { path, language, loops: loopsInCells(finder.find(program.text, language), notebook.program) };
  }
  const analysis = finder.analyse(text, language);
  if (analysis.language !== 'settings') {
    return { path, language, loops: finder.find(text, language) };
  }
  if (analysis.problem) {
    const { line, character } = analysis.lines.positionAt(analysis.problem.offset);
    context.complain(`${path}:${line + 1}:${character + 1}: ${analysis.problem.message}`);
  }
  return { path, language, loops: [], settings: analysis.sources.map((found) => settingsOf(found, analysis.lines)) };
}

function settingsOf({ dialect, settings }: SettingsSource, lines: SourceLines): FoundSettings {
  return {
    dialect,
    settings: settings.map(({ role, path, current, value }) => ({
      role,
      path,
      value: current,
      range: lines.rangeOf(value.start, value.end),
    })),
  };
}

function fileText(file: FileLoops, textMarks: Marks): string {
  const lines = [
    ...file.loops.flatMap((loop) => loopLines(file.path, loop, textMarks)),
    ...(file.settings ?? []).flatMap(settingLines),
  ];
  return `${textMarks.strong(file.path)}  ${plural(file.loops.length, 'training loop')}\n${lines.map((line) => `${line}\n`).join('')}`;
}

function settingLines({ dialect, settings }: FoundSettings): string[] {
  return [
    `  settings of ${dialect}:`,
    ...settings.map(
      ({ path, value, range }) => `    line ${range.start.line + 1}: ${path.join('.')} = ${String(value)}`,
    ),
  ];
}

/** Lines as editors count them, from 1. */
function loopLines(path: string, loop: FoundLoop, textMarks: Marks): string[] {
  const cell = loop.cell === undefined ? '' : `cell ${loop.cell + 1}, `;
  const { kind, limit } = loop.clipping;
  const parts = [
    loop.framework,
    loop.optimizer ?? 'optimizer not shown',
    loop.scheduler ?? 'no scheduler',
    kind === 'none' ? 'no clipping' : `clipping by ${kind}${limit === undefined ? '' : ` at ${limit}`}`,
    ...(loop.amp === 'none' ? [] : [loop.amp]),
    ...(loop.accumulation ? ['accumulation'] : []),
  ];
  return [
    `  ${cell}lines ${loop.from.line + 1} to ${loop.to.line + 1}: ${parts.join(' · ')}`,
    ...loop.warnings.map(
      ({ rule, line, message, fixes }) =>
        `    ${textMarks.warning('▲')} ${path}:${line + 1} ${message} [${rule}]${fixes.length > 0 ? ` → ${fixes.join(', ')}` : ''}`,
    ),
  ];
}
