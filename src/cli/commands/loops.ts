import type { LoopFinder } from '../../loops/loopFinder.js';
import type { TrainingLoop } from '../../model/loop.js';
import { EXIT } from '../cliError.js';
import type { CommandContext } from '../console.js';
import { toJson } from '../output/json.js';
import { plural } from '../output/numbers.js';
import { plainTexts } from '../output/plainText.js';
import { marks } from '../output/textLayout.js';
import type { Marks } from '../output/textLayout.js';
import { createLoopFinder, notebookCells, readSource } from './sources.js';
import type { Source } from './sources.js';

export interface LoopsOptions {
  readonly format: 'text' | 'json';
}

/** A loop; in a notebook with the place of its cell, from 0, in which its lines count. */
type FoundLoop = TrainingLoop & { readonly cell?: number };

interface FileLoops {
  readonly path: string;
  readonly language: string;
  readonly loops: readonly FoundLoop[];
}

/** `evenkeel loops`: the training loops of source files. */
export async function loops(files: readonly string[], options: LoopsOptions, context: CommandContext): Promise<number> {
  const sources = await Promise.all(files.map(readSource));
  const finder = await createLoopFinder();
  const found: FileLoops[] = sources.map((source) => ({
    path: source.path,
    language: source.language,
    loops: loopsOf(finder, source, context),
  }));
  const text =
    options.format === 'json'
      ? toJson({ version: 1, files: found }) + '\n'
      : plainTexts(found)
          .map((file) => fileText(file, marks(context.output.usesColour)))
          .join('\n');
  await context.output.write(text);
  return EXIT.done;
}

function loopsOf(finder: LoopFinder, source: Source, context: CommandContext): FoundLoop[] {
  if (source.language === 'notebook') {
    return notebookCells(source).flatMap(({ cell, text }) =>
      finder.find(text, source.language).map((loop) => ({ ...loop, cell })),
    );
  }
  if (finder.analyse(source.text, source.language) === null) {
    context.complain(`${source.path}: training loops in ${source.language} are not found yet`);
  }
  return [...finder.find(source.text, source.language)];
}

function fileText(file: FileLoops, textMarks: Marks): string {
  const lines = file.loops.flatMap((loop) => loopLines(file.path, loop, textMarks));
  return `${textMarks.strong(file.path)}  ${plural(file.loops.length, 'training loop')}\n${lines.map((line) => `${line}\n`).join('')}`;
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
