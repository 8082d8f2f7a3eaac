import { execFile } from 'node:child_process';
import type { Absent, Reading, TelemetrySource } from '../reading.js';
import type { GpuReading, GpuTool } from './gpuTool.js';
import { VisibleGpus } from './visibleGpus.js';

/** A tool that answers no sooner is taken to hang, as they do when a GPU has fallen off its bus. */
const TIME_LIMIT_MS = 20_000;
/** Answers missed in a row after which a tool that worked is asked no more. */
const MOST_FAILURES = 5;
/** More GPUs than any machine has, ten quantities each. */
const MOST_OUTPUT_BYTES = 16 * 1024 * 1024;

export interface GpuSourceOptions {
  /** Environment of the job: it says which GPUs the job may use, and where the tools are (`PATH`). */
  readonly environment: NodeJS.ProcessEnv;
  /** Whether the job was running before: then what a GPU holds is not known to be another's. */
  readonly jobIsRunning: boolean;
}

/**
 * GPUs by one vendor's tool, one call for each reading: nothing runs on when the editor is killed. Tells of those GPUs
 * that the job uses; the others of the machine may idle or serve somebody else.
 */
export class GpuSource implements TelemetrySource {
  private readonly tool: GpuTool;
  private readonly environment: NodeJS.ProcessEnv;
  private readonly visible: VisibleGpus;
  private query = 0;
  private hasAnswered = false;
  private failures = 0;

  constructor(tool: GpuTool, { environment, jobIsRunning }: GpuSourceOptions) {
    this.tool = tool;
    this.environment = environment;
    this.visible = new VisibleGpus(tool, environment, jobIsRunning);
  }

  get name(): string {
    return this.tool.command;
  }

  async read(): Promise<Reading | Absent> {
    const { queries } = this.tool;
    let reason = 'gave no answer';
    while (this.query < queries.length) {
      const answer = await this.call(queries[this.query] ?? []);
      const gpus = answer.kind === 'output' ? this.tool.parse(answer.text) : undefined;
      if (gpus !== undefined) {
        this.hasAnswered = true;
        this.failures = 0;
        return this.reading(gpus);
      }
      if (answer.kind === 'missing') {
        return { absent: 'not found' };
      }
      reason = answer.kind === 'failed' ? answer.reason : 'no GPU';
      if (this.hasAnswered || answer.kind === 'late') {
        return this.failed(answer.kind === 'late' ? `no answer in ${TIME_LIMIT_MS / 1000} s` : reason);
      }
      this.query++;
    }
    return { absent: reason };
  }

  /** A tool that has answered before may do so again. */
  private failed(reason: string): Reading | Absent {
    this.failures++;
    return this.failures >= MOST_FAILURES ? { absent: reason } : {};
  }

  private reading(gpus: readonly GpuReading[]): Reading {
    return Object.fromEntries(
      this.visible
        .ofJob(gpus)
        .flatMap(({ index, quantities }) =>
          Object.entries(quantities).map(([quantity, value]) => [`gpu/${index}/${quantity}`, value] as const),
        ),
    );
  }

  private call(
    parameters: readonly string[],
  ): Promise<
    { kind: 'output'; text: string } | { kind: 'missing' } | { kind: 'late' } | { kind: 'failed'; reason: string }
  > {
    return new Promise((resolve) => {
      execFile(
        this.tool.command,
        parameters,
        {
          env: { ...this.environment, LC_ALL: 'C' },
          timeout: TIME_LIMIT_MS,
          killSignal: 'SIGKILL',
          maxBuffer: MOST_OUTPUT_BYTES,
          windowsHide: true,
        },
        (error, stdout, stderr) => {
          if (error === null) {
            resolve({ kind: 'output', text: stdout });
          } else if (error.code === 'ENOENT' || error.code === 'EACCES') {
            resolve({ kind: 'missing' });
          } else if (error.killed === true) {
            resolve({ kind: 'late' });
          } else {
            resolve({ kind: 'failed', reason: firstLine(stdout) ?? firstLine(stderr) ?? error.message });
          }
        },
      );
    });
  }
}

function firstLine(text: string): string | undefined {
  const line = text.trim().split('\n')[0]?.trim() ?? '';
  return line === '' ? undefined : line.slice(0, 200);
}
