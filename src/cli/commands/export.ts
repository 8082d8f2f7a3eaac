import type { RunDescription } from '../../model/run.js';
import { numberToJson } from '../../model/json.js';
import { roleMatches, ROLES } from '../../model/role.js';
import type { Role } from '../../model/role.js';
import type { Signal } from '../../model/signal.js';
import { discoverOnce, replayRun } from '../../engine/replay.js';
import { CliError, EXIT } from '../cliError.js';
import type { CommandContext } from '../console.js';
import { escapeObeyed, plainText } from '../../reports/plainText.js';
import { replayOptions } from '../replayOptions.js';
import { nothingRead } from './diagnose.js';

export interface ExportOptions {
  readonly format: 'csv' | 'jsonl';
  /** Only series of these roles; all when empty. */
  readonly role: readonly Role[];
  readonly roles?: string;
  /** How files are read that nothing else can read. */
  readonly pattern?: string;
}

const COLUMNS = ['run', 'tag', 'role', 'rank', 'segment', 'step', 'wallTime', 'value'] as const;
/** Characters written at once. */
const PIECE = 64 * 1024;

/** `evenkeel export`: every point that was read, in the order of runs, tags and the log. */
export async function exportPoints(
  paths: readonly string[],
  options: ExportOptions,
  context: CommandContext,
): Promise<number> {
  const replay = await replayOptions(options, context);
  const discovered = await discoverOnce(paths, [], replay);
  if (discovered.runs.length === 0) {
    throw new CliError(nothingRead(paths, discovered.unreadable));
  }
  for (const { path, message } of discovered.unreadable.filter((item) => paths.includes(item.path))) {
    context.complain(`${path}: ${message}`);
  }
  const writer = new PointWriter(options.format, context);
  writer.begin();
  for (const run of discovered.runs) {
    const { session } = await replayRun(run, replay);
    for (const { path, offset, message } of session.problems) {
      context.complain(`${path}: byte ${offset}: ${message}`);
    }
    for (const signal of session.analysis.signals().filter(({ role }) => isWanted(role, options.role))) {
      await writer.series(session.description, signal);
    }
  }
  await writer.end();
  return EXIT.done;
}

function isWanted(role: Role, wanted: readonly Role[]): boolean {
  return (
    wanted.length === 0 ||
    wanted.some((one) => role === one || ROLES.some((pattern) => pattern === one && roleMatches(role, pattern)))
  );
}

class PointWriter {
  private readonly format: 'csv' | 'jsonl';
  private readonly context: CommandContext;
  private piece = '';

  constructor(format: 'csv' | 'jsonl', context: CommandContext) {
    this.format = format;
    this.context = context;
  }

  begin(): void {
    if (this.format === 'csv') {
      this.piece = COLUMNS.join(',') + '\n';
    }
  }

  async series(run: RunDescription, signal: Signal): Promise<void> {
    const row =
      this.format === 'csv' ? csvRows(run.name, signal, this.context.output.isTerminal) : jsonRows(run.name, signal);
    const { segments, length } = signal.series;
    let segment = 0;
    for (let index = 0; index < length; index++) {
      if (segments[segment + 1]?.start === index) {
        segment++;
      }
      this.piece += row(index, segment);
      if (this.piece.length >= PIECE) {
        await this.end();
      }
    }
  }

  async end(): Promise<void> {
    await this.context.output.write(this.piece);
    this.piece = '';
  }
}

type Row = (index: number, segment: number) => string;

/** Numbers in their shortest form that reads back as the same double; NaN, Infinity and -Infinity by name. */
function csvRows(run: string, { role, series }: Signal, forTerminal: boolean): Row {
  const safe = (text: string): string => cell(forTerminal ? plainText(text) : text);
  const head = `${safe(run)},${safe(series.tag)},${safe(role)},${series.rank ?? ''}`;
  return (index, segment) => {
    const wallTime = series.wallTimeAt(index);
    const time = Number.isNaN(wallTime) ? '' : numeral(wallTime);
    return `${head},${segment},${numeral(series.stepAt(index))},${time},${numeral(series.valueAt(index))}\n`;
  };
}

function jsonRows(run: string, { role, series }: Signal): Row {
  const { tag, rank = null } = series;
  return (index, segment) => {
    const wallTime = series.wallTimeAt(index);
    const row = {
      run,
      tag,
      role,
      rank,
      segment,
      step: series.stepAt(index),
      wallTime: Number.isNaN(wallTime) ? null : numberToJson(wallTime),
      value: Object.is(series.valueAt(index), -0) ? '-0' : numberToJson(series.valueAt(index)),
    };
    return escapeObeyed(JSON.stringify(row)).replace('"value":"-0"', '"value":-0') + '\n';
  };
}

/** A negative zero keeps its sign. */
function numeral(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) || text.trim() !== text ? `"${text.replaceAll('"', '""')}"` : text;
}
