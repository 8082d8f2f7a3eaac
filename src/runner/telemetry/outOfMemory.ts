import type { ExitCause } from '../jobRecord.js';

/** What is known of the end of a job. */
export interface JobEnd {
  /** As its parent saw it; null where a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  /** The end of what it printed. */
  readonly lastOutput: string;
  /** Processes that the kernel killed for memory while it ran: `killsBetween` of two looks; 0 where unknown. */
  readonly kills: number;
}

/** That a job ended for want of memory: whose, how it is known, and what to do. */
export interface OutOfMemory {
  readonly cause: Extract<ExitCause, 'out-of-memory' | 'gpu-out-of-memory'>;
  /** A sentence or two for people. */
  readonly message: string;
}

/** Only the end of the output tells why the job ended: what is caught is printed too, and goes by. */
const LAST_LINES = 60;

interface Wording {
  readonly pattern: RegExp;
  readonly cause: OutOfMemory['cause'];
  readonly message: string;
}

const GPU_ADVICE =
  'A smaller batch with gradient accumulation, activation checkpointing, or lower precision needs less; ' +
  'memory that grows from step to step is kept by something (losses gathered with their graph).';
const HOST_ADVICE = 'Fewer data-loader workers, smaller prefetch buffers, or data read in pieces need less.';

/** How frameworks and operating systems say it, the special before the general. */
const WORDINGS: readonly Wording[] = [
  {
    pattern:
      /(?:CUDA|HIP|XPU) out of memory|CUDA error: out of memory|CUDA_ERROR_OUT_OF_MEMORY|cudaErrorMemoryAllocation|CUBLAS_STATUS_ALLOC_FAILED|MPS backend out of memory/,
    cause: 'gpu-out-of-memory',
    message: `The GPU ran out of memory. ${GPU_ADVICE}`,
  },
  {
    pattern:
      /RESOURCE_EXHAUSTED: .*(?:memory|allocat|OOM)|OOM when allocating tensor|Failed to allocate request for .*on device ordinal/i,
    cause: 'gpu-out-of-memory',
    message: `The device ran out of memory. ${GPU_ADVICE}`,
  },
  {
    pattern: /insufficient shared memory \(shm\)|unable to (?:open|write to) (?:shared memory object|file <\/torch_)/,
    cause: 'out-of-memory',
    message:
      'Shared memory (/dev/shm) ran out: data-loader workers hand batches over in it. Give the container more (docker run --shm-size), or use fewer workers.',
  },
  {
    pattern: /Detected \d+ oom[-_]kill event|\boom[-_]kill\b.*(?:StepId|cgroup)|slurmstepd: error: .*memory limit/i,
    cause: 'out-of-memory',
    message: `The scheduler killed it for using more memory than it had asked for. Ask for more (--mem). ${HOST_ADVICE}`,
  },
  {
    pattern: /DataLoader worker \(pid\(?s?\)?:? ?[^)]*\) (?:is killed by signal: Killed|exited unexpectedly)/,
    cause: 'out-of-memory',
    message: `A data-loader worker was killed, as a rule because memory ran out. ${HOST_ADVICE}`,
  },
  {
    pattern:
      /^\s*(?:[\w.]*\b)?(?:_?Array)?MemoryError\b|DefaultCPUAllocator: (?:can't|not enough)|std::bad_alloc|Cannot allocate memory|Unable to allocate .* for an array|JavaScript heap out of memory|The paging file is too small/m,
    cause: 'out-of-memory',
    message: `The machine's memory ran out: an allocation was refused. ${HOST_ADVICE}`,
  },
];

/**
 * Whether a job that ended otherwise than by itself ended for want of memory. Undefined when nothing shows it: SIGKILL
 * alone may be anybody's.
 */
export function outOfMemory({ code, signal, lastOutput, kills }: JobEnd): OutOfMemory | undefined {
  if (code === 0) {
    return undefined;
  }
  const end = lastOutput.trimEnd().split('\n').slice(-LAST_LINES).join('\n');
  const said = WORDINGS.find(({ pattern }) => pattern.test(end));
  if (said !== undefined) {
    return { cause: said.cause, message: said.message };
  }
  if (kills > 0 && wasKilled(code, signal, end)) {
    return {
      cause: 'out-of-memory',
      message: `The kernel killed it because memory ran out (${counted(kills)}). ${HOST_ADVICE}`,
    };
  }
  return undefined;
}

/** By itself, as shells tell it (128 + 9), or as launchers tell of a process that they started. */
function wasKilled(code: number | null, signal: string | null, end: string): boolean {
  return (
    signal === 'SIGKILL' ||
    code === 137 ||
    code === -9 ||
    /exitcode\s*:\s*-9\b|Signal 9 \(SIGKILL\)|killed by signal: (?:Killed|9)|^Killed$/m.test(end)
  );
}

function counted(kills: number): string {
  return kills === 1 ? 'one process was killed so' : `${kills} processes were killed so`;
}
