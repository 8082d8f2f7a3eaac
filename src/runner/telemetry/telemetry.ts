import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { JOB_FILES } from '../jobRecord.js';
import { amdSmi } from './gpu/amdSmi.js';
import { GpuSource } from './gpu/gpuSource.js';
import type { GpuTool } from './gpu/gpuTool.js';
import { ioreg } from './gpu/ioreg.js';
import { nvidiaSmi } from './gpu/nvidiaSmi.js';
import { rocmSmi } from './gpu/rocmSmi.js';
import { HostSource } from './host/hostSource.js';
import { JournalStep } from './journalStep.js';
import { isAbsent } from './reading.js';
import type { Reading, TelemetrySource } from './reading.js';

/** Seconds between two readings of a young job ... */
const SHORTEST_PAUSE = 2;
/** ... and of an old one. */
const LONGEST_PAUSE = 60;
/** The pause is this share of the time so far: a day makes a few thousand rows, a week twice as many. */
const PAUSE_SHARE = 1 / 1000;
/** Readings may take this share of the time, most of it waiting: a slow tool is asked less often. */
const READING_SHARE = 0.1;

/** How long the reading that is being made when the job ends may take. */
const LAST_READING_MS = 1000;

/** Tools of GPUs, by platform. Where AMD's newer tool works, the older one is not asked. */
const GPU_TOOLS: Readonly<Record<string, readonly (readonly GpuTool[])[]>> = {
  linux: [[nvidiaSmi], [amdSmi, rocmSmi]],
  win32: [[nvidiaSmi], [amdSmi]],
  darwin: [[ioreg]],
};

export interface TelemetryOptions {
  /** The run's folder. */
  readonly folder: string;
  /** The job's first process, where it runs on this machine. */
  readonly pid?: number | undefined;
  /** What the job runs with: it says which GPUs it may use. */
  readonly environment: NodeJS.ProcessEnv;
  /** Whether the hook writes beside it: then each row stands at the step that the training has reached. */
  readonly hasSteps: boolean;
  /** Whether the job was running before; it is not by default. */
  readonly jobIsRunning?: boolean;
  /** For tests: seconds between two readings whatever the age of the job. */
  readonly pauseSeconds?: number;
}

/**
 * Samples the machine on which a job runs and writes JSON lines into the run's folder, which the engine reads as a part
 * of the run. Never throws into the job's way: what cannot be read is left out, and a disk that is full ends it.
 */
export class Telemetry {
  private readonly options: TelemetryOptions;
  private readonly host: HostSource;
  private readonly gpus: TelemetrySource[][];
  private readonly step: JournalStep;
  private readonly absences = new Map<string, string>();
  private readonly began = performance.now();
  private file: FileHandle | undefined;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(options: TelemetryOptions) {
    const { folder, pid, environment, jobIsRunning = false } = options;
    this.options = options;
    this.host = new HostSource({ pid, folder });
    this.step = new JournalStep(folder);
    this.gpus = (GPU_TOOLS[process.platform] ?? []).map((alternatives) =>
      alternatives.map((tool) => new GpuSource(tool, { environment, jobIsRunning })),
    );
  }

  /** What this machine could not tell, and why: `nvidia-smi: not found`. */
  get absent(): readonly string[] {
    return [...this.absences].map(([name, reason]) => `${name}: ${reason}`);
  }

  /** Takes the first reading, which others are compared with, and goes on until {@link stop}. */
  async start(): Promise<void> {
    await this.turn();
  }

  /** Resolves when nothing more is written. A tool that hangs is not waited for. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await Promise.race([this.running, delay(LAST_READING_MS, undefined, { ref: false })]);
    await this.file?.close().catch(() => undefined);
    this.file = undefined;
  }

  private async turn(): Promise<void> {
    const began = performance.now();
    this.running = this.sample().catch(() => {
      this.stopped = true; // The folder is gone or the disk is full: the job has worse to report.
    });
    await this.running;
    if (!this.stopped) {
      this.timer = setTimeout(() => void this.turn(), this.pause((performance.now() - began) / 1000) * 1000);
      this.timer.unref();
    }
  }

  /** @param tookSeconds what the last reading took. */
  private pause(tookSeconds: number): number {
    const age = (performance.now() - this.began) / 1000;
    const byAge = Math.min(LONGEST_PAUSE, Math.max(SHORTEST_PAUSE, PAUSE_SHARE * age));
    return this.options.pauseSeconds ?? Math.max(byAge, Math.min(LONGEST_PAUSE, tookSeconds / READING_SHARE));
  }

  private async sample(): Promise<void> {
    const time = Date.now() / 1000;
    const readings = await Promise.all([
      this.host.read(),
      ...this.gpus.map((alternatives) => this.readGpus(alternatives)),
    ]);
    const values = Object.assign({}, ...readings) as Reading;
    const place = this.options.hasSteps ? { step: await this.step.now() } : {};
    const row = { ...place, time: Math.round(1000 * time) / 1000, ...values };
    await this.write(row);
  }

  /** By the first tool that is of use; the others are not asked again. */
  private async readGpus(alternatives: TelemetrySource[]): Promise<Reading> {
    for (let source = alternatives[0]; source !== undefined; source = alternatives[0]) {
      const reading = await source.read();
      if (!isAbsent(reading)) {
        alternatives.length = 1;
        return reading;
      }
      this.absences.set(source.name, reading.absent);
      alternatives.shift();
    }
    return {};
  }

  private async write(row: Readonly<Record<string, number>>): Promise<void> {
    if (this.file === undefined && !this.stopped) {
      this.file = await open(path.join(this.options.folder, JOB_FILES.machine), 'a');
      const { size } = await this.file.stat();
      if (size === 0) {
        await this.file.appendFile(`${JSON.stringify({ telemetry: this.heading() })}\n`);
      }
    }
    await this.file?.appendFile(`${JSON.stringify(row)}\n`);
  }

  /** Becomes a part of the run's configuration. */
  private heading(): Readonly<Record<string, string>> {
    return { platform: `${process.platform} ${process.arch}`, absent: this.absent.join('; ') };
  }
}
