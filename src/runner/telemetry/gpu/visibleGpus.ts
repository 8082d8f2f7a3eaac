import type { GpuReading, GpuTool } from './gpuTool.js';

/**
 * Memory that a process takes on a GPU by merely opening it is several hundred MB; what grows by less is the desktop, or
 * a tool that looks at it.
 */
const TAKEN_BYTES = 128 * 1024 * 1024;

/**
 * Tells the GPUs of the job from the others of the machine: those that its environment names and, of these, those on
 * which memory has been taken since the job was started. A GPU that was the job's stays so.
 */
export class VisibleGpus {
  private readonly named: readonly string[] | undefined;
  private readonly jobIsRunning: boolean;
  /** Bytes in use by the number of the GPU, when it was first seen. */
  private readonly before = new Map<number, number>();
  private readonly taken = new Set<number>();

  constructor({ visibleBy }: GpuTool, environment: NodeJS.ProcessEnv, jobIsRunning: boolean) {
    this.named = visibleBy.map((name) => namedIn(environment[name])).find((list) => list !== undefined);
    this.jobIsRunning = jobIsRunning;
  }

  ofJob(gpus: readonly GpuReading[]): readonly GpuReading[] {
    return gpus.filter((gpu) => this.isNamed(gpu) && this.isTaken(gpu));
  }

  private isNamed({ index, uuid = '' }: GpuReading): boolean {
    const { named } = this;
    return (
      named === undefined ||
      named.some((name) => (/^\d+$/.test(name) ? Number(name) === index : uuid.startsWith(name) || isPartition(name)))
    );
  }

  /** Where the memory of a GPU cannot be told (it shares that of the machine), it may be the job's. */
  private isTaken({ index, quantities: { memory } }: GpuReading): boolean {
    if (memory === undefined || this.taken.has(index)) {
      return true;
    }
    const before = this.before.get(index) ?? (this.jobIsRunning ? 0 : memory);
    this.before.set(index, Math.min(before, memory));
    if (memory - before >= TAKEN_BYTES) {
      this.taken.add(index);
    }
    return this.taken.has(index);
  }
}

/** A part of a GPU has an identity of its own, which the table of GPUs does not show. */
function isPartition(name: string): boolean {
  return name.startsWith('MIG-');
}

/** Undefined when the variable names none in particular. An empty one, `-1` and `void` hide them all. */
function namedIn(value: string | undefined): readonly string[] | undefined {
  if (value === undefined || value.trim() === 'all') {
    return undefined;
  }
  const names = value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  // What follows a number that is none is hidden, too.
  const end = names.findIndex((name) => name === '-1' || name === 'void' || name === 'none');
  return end < 0 ? names : names.slice(0, end);
}
