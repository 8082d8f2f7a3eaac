import { CheckpointError } from '../../checkpoints/checkpointError.js';
import { LARGEST_SPECTRUM_ELEMENTS } from '../../checkpoints/statistics/spectrum.js';
import { describeCheckpointFailure } from '../../engine/checkpoints/failure.js';
import { reportCheckpoint, reportComparison } from '../../engine/checkpoints/reports.js';
import type { Finding, Severity } from '../../model/finding.js';
import type { ComparisonReport } from '../../model/tensor.js';
import { CliError, EXIT } from '../cliError.js';
import type { CommandContext } from '../console.js';
import { checkpointText, comparisonText } from '../output/checkpointText.js';
import { toJson } from '../../reports/json.js';
import { formatCount } from '../../reports/numbers.js';
import { reaches } from './diagnose.js';

export interface CheckpointOptions {
  readonly format: 'text' | 'json';
  readonly failOn: Severity | 'never';
  /** Tensors that are told of: the largest, or those that changed most. All when omitted, a screenful in text. */
  readonly top?: number;
  /** Whether the spectrum of large matrices is estimated too. */
  readonly spectrum?: boolean;
}

/** `evenkeel checkpoint FILE`: what is in a checkpoint, and what is wrong with it. */
export async function checkpoint(file: string, options: CheckpointOptions, context: CommandContext): Promise<number> {
  const report = await reading(file, () =>
    reportCheckpoint(file, {
      cancellation: context.signal,
      ...(options.spectrum && { spectrumElements: LARGEST_SPECTRUM_ELEMENTS }),
    }),
  );
  if (options.format === 'json') {
    const { path, format, tensors, ...rest } = report;
    await context.output.write(
      toJson({ version: 1, path, format, tensors: largest(tensors, options.top), ...rest }) + '\n',
    );
  } else {
    const { columns, usesColour } = context.output;
    await context.output.write(checkpointText(report, { columns, usesColour, top: options.top ?? SCREENFUL }));
  }
  return exitCodeOf(report.findings, options.failOn);
}

const SCREENFUL = 24;

/** `evenkeel checkpoint FIRST SECOND`: what became of one checkpoint in another. */
export async function compareTwo(
  first: string,
  second: string,
  options: CheckpointOptions,
  context: CommandContext,
): Promise<number> {
  const report = await reading(`${first}, ${second}`, () => reportComparison(first, second, context.signal));
  const { path, format, comparedWith, tensors, ...rest } = report;
  if (options.format === 'json') {
    const told = { version: 1, path, format, comparedWith, tensors: mostChanged(tensors, options.top), ...rest };
    await context.output.write(toJson(told) + '\n');
  } else {
    const { columns, usesColour } = context.output;
    const shown = { ...report, tensors: mostChanged(tensors, options.top ?? SCREENFUL) };
    await context.output.write(comparisonText(shown, tensors.length, { columns, usesColour }));
  }
  return exitCodeOf(report.findings, options.failOn);
}

/** All in the order of the file, or those that moved furthest for their size. */
function mostChanged(tensors: ComparisonReport['tensors'], top: number | undefined): ComparisonReport['tensors'] {
  const moved = ({ change }: ComparisonReport['tensors'][number]): number => change?.relative ?? -1;
  return top === undefined ? tensors : [...tensors].sort((a, b) => moved(b) - moved(a)).slice(0, top);
}

/** What was asked for, in the order of the file. */
function largest<Tensor extends { readonly bytes: number }>(
  tensors: readonly Tensor[],
  top = tensors.length,
): readonly Tensor[] {
  const kept = new Set([...tensors].sort((a, b) => b.bytes - a.bytes).slice(0, top));
  return tensors.filter((tensor) => kept.has(tensor));
}

function exitCodeOf(findings: readonly Finding[], failOn: Severity | 'never'): number {
  return findings.some(({ severity }) => reaches(severity, failOn)) ? EXIT.findings : EXIT.done;
}

/** Does something with a file; what goes wrong is told in one line. */
export async function reading<Result>(file: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof CheckpointError || (error instanceof Error && 'code' in error)) {
      throw new CliError(`${file}: ${describeCheckpointFailure(error, formatCount)}`);
    }
    throw error;
  }
}
