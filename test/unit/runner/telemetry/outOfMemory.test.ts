import { describe, expect, it } from 'vitest';
import { outOfMemory } from '../../../../src/runner/telemetry/outOfMemory.js';
import type { JobEnd } from '../../../../src/runner/telemetry/outOfMemory.js';

const failed: JobEnd = { code: 1, signal: null, lastOutput: '', kills: 0 };

describe('a job that ended for want of memory', () => {
  it.each([
    [
      'gpu-out-of-memory',
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 79.25 GiB',
    ],
    ['gpu-out-of-memory', 'RuntimeError: CUDA error: out of memory'],
    ['gpu-out-of-memory', 'torch.cuda.OutOfMemoryError: HIP out of memory. Tried to allocate 2.00 GiB'],
    ['gpu-out-of-memory', 'RuntimeError: MPS backend out of memory (MPS allocated: 17.9 GB, other allocations: 1 GB)'],
    [
      'gpu-out-of-memory',
      'jaxlib.xla_extension.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying to allocate 8589934592 bytes.',
    ],
    ['gpu-out-of-memory', 'ResourceExhaustedError: OOM when allocating tensor with shape[64,1024] and type float'],
    ['out-of-memory', 'MemoryError'],
    ['out-of-memory', 'numpy.core._exceptions._ArrayMemoryError: Unable to allocate 745. GiB for an array with shape'],
    ['out-of-memory', "RuntimeError: [enforce fail at alloc_cpu.cpp:75] . DefaultCPUAllocator: can't allocate memory"],
    ['out-of-memory', 'RuntimeError: DataLoader worker (pid 4117) is killed by signal: Killed. '],
    ['out-of-memory', 'RuntimeError: DataLoader worker (pid(s) 4117, 4118) exited unexpectedly'],
    [
      'out-of-memory',
      'ERROR: Unexpected bus error encountered in worker. This might be caused by insufficient shared memory (shm).',
    ],
    [
      'out-of-memory',
      'slurmstepd: error: Detected 1 oom_kill event in StepId=17.batch. Some of the step tasks have been OOM Killed.',
    ],
    ['out-of-memory', 'OSError: [Errno 12] Cannot allocate memory'],
  ])('is known by its words as %s: %s', (cause, line) => {
    const lastOutput = `step 12 loss 2.1\nTraceback (most recent call last):\n${line}\n`;
    expect(outOfMemory({ ...failed, lastOutput })?.cause).toBe(cause);
  });

  it.each<[string, Partial<JobEnd>]>([
    ['the signal', { code: null, signal: 'SIGKILL' }],
    ["a shell's status", { code: 137 }],
    ["a launcher's report", { lastOutput: 'Root Cause (first observed failure):\n  exitcode  : -9 (pid: 4117)\n' }],
  ])("is known by the kernel's counter and %s", (_, end) => {
    expect(outOfMemory({ ...failed, ...end, kills: 1 })?.cause).toBe('out-of-memory');
    expect(outOfMemory({ ...failed, ...end, kills: 0 })).toBeUndefined();
  });
});

describe('a job that did not end for want of memory', () => {
  it.each<[string, Partial<JobEnd>]>([
    ['succeeded', { code: 0, lastOutput: 'CUDA out of memory, halving the batch\ndone\n', kills: 1 }],
    ['failed with an error of its own while another job was killed', { lastOutput: 'ValueError: shapes\n', kills: 1 }],
    ['was killed by somebody', { code: null, signal: 'SIGKILL' }],
    [
      'went on after it had caught the error',
      { lastOutput: `CUDA out of memory\n${'step\n'.repeat(200)}ZeroDivisionError: division by zero\n` },
    ],
    ['only speaks of memory', { lastOutput: 'memory 12.3 GB\nKeyError: "MemoryErrorRate"\n' }],
  ])('%s', (_, end) => {
    expect(outOfMemory({ ...failed, ...end })).toBeUndefined();
  });
});
