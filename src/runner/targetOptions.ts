import type { TargetName } from './jobRecord.js';

/**
 * The options of each target by their names on the command line, with what each means. A name that several targets
 * have means the same for all of them.
 */
export const TARGET_OPTIONS = {
  local: {},
  torchrun: {
    nproc: 'processes on this machine: a number, or cpu, gpu, auto',
    nnodes: 'machines: a number, or MIN:MAX',
    'node-rank': 'which of the machines this is, from 0, where the rendezvous is static',
    'rdzv-endpoint': 'where the machines meet: HOST:PORT',
    'rdzv-backend': 'how they meet: c10d, static, etcd-v2',
    'rdzv-id': 'what the meeting is called: the same on all machines',
    'max-restarts': 'how often the processes are started anew',
  },
  slurm: {},
} as const satisfies Readonly<Record<TargetName, Readonly<Record<string, string>>>>;
