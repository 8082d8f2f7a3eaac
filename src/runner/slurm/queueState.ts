import type { JobState } from '../jobRecord.js';

/** What Slurm says of one job, or of one index of an array. */
export interface QueueEntry {
  /** The index within an array; undefined for a job of its own, and for indexes that still wait together ("2-7"). */
  readonly index: string | undefined;
  /** Slurm's word: `PENDING`, `RUNNING` … */
  readonly state: string;
  /** Slurm's word for why it waits or ended so: `Priority`; "" where it says none. */
  readonly reason: string;
  /** Status and signal of the batch script; NaN where it is not told. */
  readonly status: number;
  readonly signal: number;
  /** How often it was started anew. */
  readonly restarts: number;
  /** When it is expected to begin, as Slurm writes it in local time; "" where it does not say. */
  readonly begins: string;
}

/** @param text of `scontrol show job --oneliner`: one line for each job, `Name=Value` with blanks between. */
export function parseScontrol(text: string): readonly QueueEntry[] {
  return text.split('\n').flatMap((line) => {
    const state = field(line, 'JobState');
    if (state === '') {
      return [];
    }
    const [status, signal] = field(line, 'ExitCode').split(':').map(Number);
    const reason = field(line, 'Reason');
    const begins = field(line, 'StartTime');
    return [
      {
        index: field(line, 'ArrayTaskId') || undefined,
        state,
        reason: reason === 'None' ? '' : reason,
        status: status ?? Number.NaN,
        signal: signal ?? Number.NaN,
        restarts: Number(field(line, 'Restarts')) || 0,
        begins: state === 'PENDING' && begins !== 'Unknown' ? begins : '',
      },
    ];
  });
}

function field(line: string, name: string): string {
  return new RegExp(`(?:^|\\s)${name}=(\\S*)`).exec(line)?.[1] ?? '';
}

/** What {@link parseSacct} reads, one line for each job. */
export const SACCT_FIELDS = ['JobID', 'State', 'ExitCode', 'Reason'] as const;

/** @param text of `sacct --parsable2 --noheader --allocations --format=` {@link SACCT_FIELDS}. */
export function parseSacct(text: string): readonly QueueEntry[] {
  return text.split('\n').flatMap((line) => {
    const [id = '', said = '', exit = '', reason = ''] = line.trim().split('|');
    const [state = ''] = said.split(' '); // "CANCELLED by 1000"
    if (!/^\d/.test(id) || state === '') {
      return [];
    }
    const [status, signal] = exit.split(':').map(Number);
    return [
      {
        index: /_\[?([^\]]+)\]?$/.exec(id)?.[1],
        state,
        reason: reason === 'None' ? '' : reason,
        status: status ?? Number.NaN,
        signal: signal ?? Number.NaN,
        restarts: 0,
        begins: '',
      },
    ];
  });
}

/** How Slurm's states come out. What is missing has ended badly. */
const STATES: Readonly<Record<string, JobState>> = {
  PENDING: 'queued',
  CONFIGURING: 'queued',
  REQUEUED: 'queued',
  REQUEUE_FED: 'queued',
  REQUEUE_HOLD: 'queued',
  RESV_DEL_HOLD: 'queued',
  SPECIAL_EXIT: 'queued',
  RUNNING: 'running',
  COMPLETING: 'running',
  RESIZING: 'running',
  SIGNALING: 'running',
  STAGE_OUT: 'running',
  SUSPENDED: 'paused',
  STOPPED: 'paused',
  COMPLETED: 'finished',
  CANCELLED: 'stopped',
};

export function jobStateOf({ state }: QueueEntry): JobState {
  return STATES[state] ?? 'failed';
}

/** Why a job waits, in words that say what can be done; what is missing is shown as Slurm says it. */
const REASONS: Readonly<Record<string, string>> = {
  Priority: 'others come first: it starts when their turn is over',
  Resources: 'waits for nodes, processors, memory or GPUs to be free',
  BeginTime: 'its time to begin has not come: after a requeue Slurm waits a little',
  Dependency: 'waits for the jobs that it depends on',
  DependencyNeverSatisfied: 'a job that it depends on failed: it will never start; cancel it',
  JobHeldUser: 'held by you: release it to let it start',
  JobHeldAdmin: 'held by an administrator',
  JobArrayTaskLimit: 'as many indexes of the array as it allows run already',
  PartitionTimeLimit: 'asks for more time than the partition allows: lower the time limit or take another partition',
  PartitionNodeLimit: 'asks for more nodes than the partition allows',
  PartitionConfig: 'asks for what the partition does not have, such as more nodes than there are',
  PartitionDown: 'the partition does not start jobs now',
  PartitionInactive: 'the partition does not start jobs now',
  BadConstraints: 'no node has what it asks for',
  ReqNodeNotAvail: 'nodes that it asks for are down, drained or reserved',
  NodeDown: 'a node that it asks for is down',
  Reservation: 'waits for its reservation',
  Licenses: 'waits for a licence',
  QOSMaxJobsPerUserLimit: 'as many of your jobs run as your quality of service allows',
  QOSMaxGRESPerUser: 'your jobs hold as many GPUs as your quality of service allows',
  QOSMaxCpuPerUserLimit: 'your jobs hold as many processors as your quality of service allows',
  QOSGrpGRES: 'jobs of this quality of service hold all the GPUs that they may',
  QOSResourceLimit: 'a limit of the quality of service is reached',
  AssocGrpGRES: 'your group’s jobs hold all the GPUs that they may',
  AssocGrpCpuLimit: 'your group’s jobs hold all the processors that they may',
  AssocMaxJobsLimit: 'as many of your jobs run as your account allows',
  AssocGrpGRESMinutes: 'your group’s share of GPU time is used up',
  AssocGrpCPUMinutesLimit: 'your group’s share of processor time is used up',
  InvalidAccount: 'the account is not valid: give another',
  InvalidQOS: 'the quality of service is not valid: give another',
  launch_failed_requeued_held: 'it failed to start and is held: look at the node, then release it',
  JobLaunchFailure: 'the node could not start it: its folder may not be shared with the node',
  NodeFail: 'a node failed under it',
  TimeLimit: 'its time was over',
  OutOfMemory: 'it used more memory than it had asked for',
};

/** As Slurm says it where a node is drained or down; it takes the place of a word. */
const NODES_DRAINED = /^\(?Nodes_required_for_job_are_DOWN/;

/** Slurm's reason in words; "" for none. */
export function reasonInWords(reason: string): string {
  if (NODES_DRAINED.test(reason)) {
    return 'the nodes that it needs are down, drained or reserved for jobs that come first';
  }
  // "ReqNodeNotAvail, UnavailableNodes:a12": what follows is kept.
  const [word = '', ...rest] = reason.split(/[,(]/);
  const known = REASONS[word];
  return known === undefined ? reason.replaceAll('_', ' ') : [known, ...rest.map((part) => part.trim())].join(', ');
}

/** One job as a person reads it: `PENDING: waits for nodes … (Resources)`. */
export function inWords({ state, reason, restarts, begins }: QueueEntry): string {
  const words = reasonInWords(reason);
  const why = words === '' ? '' : `: ${words}${words === reason ? '' : ` (${reason})`}`;
  const when = begins === '' ? '' : `, expected to begin ${begins.replace('T', ' ')}`;
  const again = restarts === 0 ? '' : `, started anew ${restarts === 1 ? 'once' : `${restarts} times`}`;
  return `${state}${why}${when}${again}`;
}

/** All jobs of an array as one: what most matters of them, and how many there are in each state. */
export function together(entries: readonly QueueEntry[]): { readonly state: JobState; readonly words: string } {
  const states = entries.map(jobStateOf);
  const order: readonly JobState[] = ['running', 'paused', 'queued', 'failed', 'stopped', 'finished'];
  const state = order.find((one) => states.includes(one)) ?? 'lost';
  const counts = new Map<string, number>();
  entries.forEach((entry) => {
    const words = entry.state === 'PENDING' ? inWords(entry) : entry.state;
    counts.set(words, (counts.get(words) ?? 0) + countOf(entry));
  });
  return { state, words: [...counts].map(([words, count]) => `${count} ${words}`).join('; ') };
}

/** Indexes that wait are one entry: "2-7", "2,5-7%2". */
function countOf({ index = '' }: QueueEntry): number {
  return index
    .split('%', 1)
    .flatMap((ranges) => ranges.split(','))
    .reduce((sum, range) => {
      const [from, to] = range.split(/[-:]/).map(Number);
      return sum + (to === undefined || from === undefined ? 1 : to - from + 1);
    }, 0);
}
