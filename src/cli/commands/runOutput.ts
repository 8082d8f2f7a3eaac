import { once } from 'node:events';
import path from 'node:path';
import type { DiagnosisReport } from '../../contract/report.js';
import { MACHINE } from '../../engine/discovery/jobRuns.js';
import type { JobRecord } from '../../runner/jobRecord.js';
import type { StartedJob } from '../../runner/jobs.js';
import type { ControlSignal } from '../../runner/target.js';
import type { CommandContext, OutputStream } from '../console.js';
import { newsText } from '../findingNews.js';
import type { FindingChange } from '../findingNews.js';
import { diagnosisText } from '../output/diagnosisText.js';
import { toJson } from '../../reports/json.js';
import { formatCount } from '../../reports/numbers.js';
import { plainText } from '../../reports/plainText.js';
import { marks } from '../output/textLayout.js';

const LINE_FEED = 10;
const SIGNAL_WORDS: Readonly<Record<ControlSignal, string>> = {
  interrupt: 'interrupting the job; press again to hurry',
  terminate: 'asking the job to end',
  kill: 'ending the job',
  pause: 'pausing the job',
  resume: 'resuming the job',
};

/**
 * What `evenkeel run` prints: the job's output as it comes and our own lines between its lines; with JSON, our lines
 * alone on standard output and all of the job's on standard error. Nobody reading it is no reason to stop the job.
 */
export class JobPrinter {
  private readonly format: 'text' | 'json';
  private readonly context: CommandContext;
  /** The job is in the middle of a line. */
  private isMidLine = false;

  constructor(format: 'text' | 'json', context: CommandContext) {
    this.format = format;
    this.context = context;
  }

  async jobOutput(chunk: Uint8Array, stream: 'stdout' | 'stderr'): Promise<void> {
    this.isMidLine = chunk.at(-1) !== LINE_FEED;
    if (stream === 'stderr' || this.format === 'json') {
      await writeTo(this.context.errorOutput, chunk);
    } else {
      await this.print(chunk);
    }
  }

  async started({ folder, record }: StartedJob): Promise<void> {
    await this.say(
      { event: 'job-started', folder, target: record.target, command: record.command, launched: record.launched },
      ({ faint }) => faint(`evenkeel: watching ${record.name} · ${folder}`),
    );
  }

  /** What the target says of a job that waits. */
  async detail(detail: string): Promise<void> {
    await this.say({ event: 'job-state', detail }, ({ faint }) => faint(`evenkeel: ${plainText(detail)}`));
  }

  stopping(signal: ControlSignal): void {
    this.context.complain(SIGNAL_WORDS[signal]);
  }

  async news(run: string, step: number | null, change: FindingChange): Promise<void> {
    await this.say({ event: change.event, run: { name: run, lastStep: step }, finding: change.finding }, (mark) => {
      const place = mark.strong(plainText(run)) + mark.faint(` step ${step === null ? '–' : formatCount(step)}`);
      return newsText(place, change, this.context.output);
    });
  }

  async ended(record: JobRecord, report: DiagnosisReport): Promise<void> {
    const { output } = this.context;
    await this.say(
      { event: 'job-ended', job: { name: record.name, state: record.state, ...record.exit }, ...report },
      ({ strong, error, good, faint }) => {
        const head = record.state === 'finished' ? good(record.state) : error(record.state);
        const lines = [`${strong(plainText(record.name))} ${head}${faint(duration(record))}${statusOf(record)}`];
        const message = record.exit?.message ?? '';
        if (message !== '') {
          lines.push(...message.split('\n').map((line) => `  ${error('│')} ${indented(line)}`));
        }
        const found = diagnosisText(report, { columns: output.columns, usesColour: output.usesColour, named: [] });
        const parts = [
          ...(report.runs.length > 0 ? [found.trimEnd()] : []),
          ...(sawTraining(report) ? [] : [NOTHING_SEEN]),
        ];
        return ['', ...lines, '', ...parts].join('\n');
      },
    );
  }

  /** A line of our own; it begins a line even where the job is in the middle of one. */
  private async say(event: object, text: (mark: ReturnType<typeof marks>) => string): Promise<void> {
    if (this.format === 'json') {
      await this.print(toJson({ version: 1, ...event }, 0) + '\n');
      return;
    }
    const start = this.isMidLine ? '\n' : '';
    this.isMidLine = false;
    await this.print(`${start}${text(marks(this.context.output.usesColour))}\n`);
  }

  private async print(text: string | Uint8Array): Promise<void> {
    await this.context.output.write(text).catch(() => undefined);
  }
}

/** What is known of the machine alone is no training. */
function sawTraining({ runs }: DiagnosisReport): boolean {
  return runs.some(({ paths }) => paths.some((file) => !MACHINE.test(path.basename(file))));
}

const NOTHING_SEEN =
  'No training was seen: the hook saw no step, and what the job printed holds no steps with numbers.\n' +
  'Evenkeel sees PyTorch, Keras and TensorFlow.js by itself; any job that prints or writes its loss a line at a time is read as well.';

/** Frames of a traceback are told apart by their indent. */
function indented(line: string): string {
  const indent = /^\s*/.exec(line)?.[0].length ?? 0;
  return ' '.repeat(indent) + plainText(line.trimStart());
}

function duration({ started, ended }: JobRecord): string {
  const seconds = started === null || ended === null ? undefined : Math.round((ended - started) / 1000);
  if (seconds === undefined) {
    return '';
  }
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const units = ['h', 'min', 's'];
  const from = Math.min(parts.findIndex((part) => part > 0) < 0 ? 2 : parts.findIndex((part) => part > 0), 2);
  return ` after ${parts
    .slice(from)
    .map((part, index) => `${part} ${units[from + index]}`)
    .join(' ')}`;
}

function statusOf({ exit }: JobRecord): string {
  if (!exit || exit.code === 0) {
    return '';
  }
  return exit.code === null ? (exit.signal ? ` · ${exit.signal}` : '') : ` · exit status ${exit.code}`;
}

async function writeTo(stream: OutputStream, chunk: Uint8Array): Promise<void> {
  if (!stream.write(chunk)) {
    await once(stream, 'drain').catch(() => undefined);
  }
}
