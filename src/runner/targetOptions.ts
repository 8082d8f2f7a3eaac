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
  slurm: {
    partition: 'queue to submit to',
    account: 'account to charge',
    qos: 'quality of service',
    time: 'time limit: minutes, HH:MM:SS or D-HH:MM:SS',
    nodes: 'machines',
    ntasks: 'processes in all, one by default; srun starts each with its rank',
    'ntasks-per-node': 'processes on each machine',
    'cpus-per-task': 'processor cores for each process',
    mem: 'memory on each machine, such as 64G',
    gpus: 'GPUs in all, as N or TYPE:N',
    'gpus-per-node': 'GPUs on each machine, as N or TYPE:N',
    gres: 'generic resources, such as gpu:a100:2, where --gpus is not known',
    constraint: 'features that machines must have',
    reservation: 'reservation to run in',
    exclude: 'machines not to run on',
    nodelist: 'machines to run on',
    array: 'one job for each index, such as 0-7 or 1,3,5-9%2; SLURM_ARRAY_TASK_ID tells them apart',
    dependency: 'jobs to wait for, such as afterok:123',
    'job-name': 'name in the queue; the run’s own by default',
    requeue: 'yes: start it anew after a preemption or a failed machine; no: never; the cluster’s default otherwise',
    'sbatch-args': 'further arguments of sbatch, as in a shell: "--mail-type=END --exclusive"',
  },
  ray: {
    address: 'the cluster: HOST:PORT; one that runs on this machine by default',
    'num-cpus': 'processor cores that Ray sets aside, one by default',
    'num-gpus': 'GPUs that Ray sets aside, none by default; may be a part of one',
    memory: 'bytes of memory that Ray sets aside',
    resources: 'resources of the cluster’s own, as JSON: {"TPU": 4}',
    python: 'the Python here that has Ray; that of the command, else python3',
  },
} as const satisfies Readonly<Record<TargetName, Readonly<Record<string, string>>>>;
