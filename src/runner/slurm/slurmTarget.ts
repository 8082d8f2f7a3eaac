import { access, chmod, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { failure, ok } from '../../base/result.js';
import type { Result } from '../../base/result.js';
import { exitOf } from '../exitCause.js';
import { endOfFile } from '../fileEnd.js';
import { stopRequestOf } from '../jobFolder.js';
import { isOver, JOB_FILES } from '../jobRecord.js';
import type { JobExit, JobRecord, JobState, TargetName } from '../jobRecord.js';
import type { ControlSignal, JobRequest, LaunchedJob, ObservedState, PreparedJob, Target } from '../target.js';
import { arrayIndexes, indexFolder } from './arrayIndexes.js';
import { batchScript, SLURM_FILES } from './batchScript.js';
import { directivesIn, scriptOf } from './directives.js';
import type { Directives } from './directives.js';
import { followAll } from './followAll.js';
import type { LabelledOutput } from './followAll.js';
import { inWords, jobStateOf, parseSacct, parseScontrol, SACCT_FIELDS, together } from './queueState.js';
import type { QueueEntry } from './queueState.js';
import { arrayIn, sbatchWords } from './slurmOptions.js';
import { callSlurm } from './slurmTools.js';
import type { ToolAnswer } from './slurmTools.js';

/** How a job in the queue is found again. */
export type SlurmHandle = {
  /** As sbatch numbered it; for an array, the number of the whole. */
  readonly job: string;
  /** Where a machine submits to several clusters. */
  readonly cluster: string | null;
  /** The job is a script for sbatch: what it runs need not be a step of the job, which signals are for else. */
  readonly isScript: boolean;
  /** Undefined for a job that is no array. */
  readonly indexes?: readonly number[];
};

/** A controller serves a whole cluster: what it said is taken for as long as this, in milliseconds. */
const ANSWER_HOLDS_MS = 2000;
/** Bytes of the output that are looked at for the last error. */
const LAST_OUTPUT_BYTES = 64 * 1024;
/** Bytes of a script that are looked at for what it asks for. */
const SCRIPT_HEAD_BYTES = 16 * 1024;

/** What Slurm says of a job: its entries, that it knows it no more, or nothing, because it does not answer. */
type QueueAnswer = readonly QueueEntry[] | 'forgotten' | { readonly silent: string };

/** Jobs of a Slurm cluster, by its own tools and the file system that its machines share. */
export class SlurmTarget implements Target {
  readonly name: TargetName = 'slurm';
  private readonly sampler: readonly string[] | undefined;
  private readonly answers = new Map<string, { readonly at: number; readonly answer: Promise<QueueAnswer> }>();

  /** @param sampler Node and the bundle of `supervisorMain`; undefined: the nodes are not sampled. */
  constructor(sampler?: readonly string[]) {
    this.sampler = sampler;
  }

  async unavailable(): Promise<string | undefined> {
    const { status, complaint } = await callSlurm('sbatch', ['--version']);
    return status === 0 ? undefined : complaint;
  }

  async prepare(request: JobRequest): Promise<Result<PreparedJob>> {
    return compose(request, await directivesOf(request));
  }

  async launch({ request, command }: PreparedJob): Promise<LaunchedJob> {
    const { folder, cwd, environment, inherited } = request;
    const indexes = indexesOf(command);
    const isScript = (await directivesOf(request)) !== undefined;
    const script = batchScript({
      command: request.command,
      cwd,
      folder,
      environment,
      isArray: indexes !== undefined,
      isScript,
      sampler: this.sampler,
    });
    const file = path.join(folder, SLURM_FILES.script);
    await writeFile(file, script, { mode: 0o700 });
    await chmod(file, 0o700);
    for (const index of indexes ?? []) {
      await mkdir(path.join(folder, indexFolder(index)), { recursive: true });
    }
    const [tool = 'sbatch', ...words] = command;
    const { status, stdout, complaint } = await callSlurm(tool, words, { ...inherited, ...environment });
    const [job = '', cluster] = stdout.trim().split('\n').at(-1)?.split(';') ?? [];
    if (status !== 0 || !/^\d+$/.test(job)) {
      throw new Error(`Slurm did not take the job: ${complaint || stdout.trim() || 'sbatch gave no number'}`);
    }
    const handle: SlurmHandle = { job, cluster: cluster ?? null, isScript, ...(indexes ? { indexes } : {}) };
    return { handle, state: 'queued' };
  }

  async state(record: JobRecord, folder: string): Promise<ObservedState> {
    const handle = handleOf(record);
    if (isOver(record.state) || !handle) {
      return asRecorded(record);
    }
    const answer = await this.ask(handle);
    if (answer === 'forgotten') {
      return ended(await byStatusFiles(handle, folder), folder);
    }
    if ('silent' in answer) {
      return { ...asRecorded(record), detail: answer.silent };
    }
    const [entry] = answer;
    const { state, words } =
      answer.length === 1 && entry ? { state: jobStateOf(entry), words: inWords(entry) } : together(answer);
    if (isOver(state)) {
      return { ...(await ended({ state, entries: answer, handle }, folder)), detail: words };
    }
    const isHeld = state === 'running' && (await isThere(path.join(folder, SLURM_FILES.held)));
    return isHeld
      ? { state: 'paused', detail: `${words}, its processes are held` }
      : { state, detail: `job ${handle.job}: ${words}` };
  }

  async signal(record: JobRecord, folder: string, signal: ControlSignal): Promise<Result<void>> {
    const handle = handleOf(record);
    const { state } = await this.state(record, folder);
    if (!handle || isOver(state)) {
      return failure(`${record.name}: is over (${state})`);
    }
    this.answers.delete(handle.job);
    switch (signal) {
      case 'interrupt':
        // What waits has nothing to save.
        return state === 'queued'
          ? this.tell(handle, 'scancel')
          : this.tell(handle, 'scancel', ...signalWords(handle, 'INT'));
      case 'terminate':
        return this.tell(handle, 'scancel');
      case 'kill':
        return state === 'queued'
          ? this.tell(handle, 'scancel')
          : this.tell(handle, 'scancel', '--signal=KILL', '--full');
      case 'pause':
        return state === 'queued' ? this.tell(handle, 'scontrol', 'hold') : this.pause(handle, folder);
      case 'resume':
        return state === 'queued' ? this.tell(handle, 'scontrol', 'release') : this.resume(handle, folder);
    }
  }

  follow(record: JobRecord, folder: string, abort: AbortSignal): AsyncIterable<Uint8Array> {
    const source = (own: string, label: string): LabelledOutput => ({
      folder: own,
      label,
      // The file is looked at first: it costs the controller nothing.
      hasEnded: async () =>
        (await isThere(path.join(own, SLURM_FILES.status))) || isOver((await this.state(record, folder)).state),
    });
    const indexes = handleOf(record)?.indexes;
    const sources = indexes?.map((index) => source(path.join(folder, indexFolder(index)), `[${index}] `));
    return followAll(sources ?? [source(folder, '')], abort);
  }

  /** Administrators may suspend; everybody may hold the processes of their own jobs by a signal. */
  private async pause(handle: SlurmHandle, folder: string): Promise<Result<void>> {
    const suspended = await this.tell(handle, 'scontrol', 'suspend');
    if (suspended.ok) {
      return suspended;
    }
    const held = await this.tell(handle, 'scancel', ...signalWords(handle, 'STOP'));
    if (held.ok) {
      await writeFile(path.join(folder, SLURM_FILES.held), '');
    }
    return held;
  }

  private async resume(handle: SlurmHandle, folder: string): Promise<Result<void>> {
    const held = path.join(folder, SLURM_FILES.held);
    if (!(await isThere(held))) {
      return this.tell(handle, 'scontrol', 'resume');
    }
    const resumed = await this.tell(handle, 'scancel', ...signalWords(handle, 'CONT'));
    if (resumed.ok) {
      await rm(held, { force: true });
    }
    return resumed;
  }

  private async tell(handle: SlurmHandle, tool: string, ...words: string[]): Promise<Result<void>> {
    const { status, complaint } = await callSlurm(tool, [...atCluster(handle), ...words, handle.job]);
    return status === 0 ? ok(undefined) : failure(`job ${handle.job}: ${complaint}`);
  }

  /** What the controller says, or what it said a moment ago. */
  private ask(handle: SlurmHandle): Promise<QueueAnswer> {
    const known = this.answers.get(handle.job);
    if (known && performance.now() - known.at < ANSWER_HOLDS_MS) {
      return known.answer;
    }
    const answer = askQueue(handle);
    this.answers.set(handle.job, { at: performance.now(), answer });
    return answer;
  }
}

/** @param asked what the job's own script asks Slurm for; options that are given count for more. */
function compose(request: JobRequest, asked: Directives = { words: [], left: [] }): Result<PreparedJob> {
  const { command, cwd, folder, environment, options } = request;
  const program = path.basename(command[0] ?? '');
  if (command.length === 0) {
    return failure('name a command to run');
  }
  if (program === 'sbatch' || program === 'salloc') {
    return failure(`name what the job runs instead of ${program}: its options are options of evenkeel run`);
  }
  if (/[\n\r\\"]/.test(folder)) {
    return failure(`${folder}: Slurm can't write to a folder whose name holds line ends, quotes or backslashes`);
  }
  const given = sbatchWords(options);
  if (!given.ok) {
    return given;
  }
  const words = [...asked.words, ...given.value];
  const array = arrayIn(words);
  const indexes = array === undefined ? undefined : arrayIndexes(array);
  if (indexes?.ok === false) {
    return indexes;
  }
  const own = indexes === undefined ? folder : path.join(folder, indexFolder('%a'));
  return ok({
    request,
    command: [
      'sbatch',
      '--parsable',
      `--job-name=${path.basename(folder)}`,
      ...words,
      `--chdir=${cwd}`,
      `--output=${outputPattern(folder, own)}`,
      // A job that is started anew goes on in the same log.
      '--open-mode=append',
      path.join(folder, SLURM_FILES.script),
    ],
    environment,
    notes: [
      ...notShared(folder, 'the run’s folder'),
      ...notShared(cwd, 'the folder that it runs in'),
      ...asked.left.map((line) => `#SBATCH ${line}: left out, since the run’s folder says where the job writes`),
    ],
  });
}

/** What the script that is run asks Slurm for, where it is one for sbatch. */
async function directivesOf({ command, cwd }: JobRequest): Promise<Directives | undefined> {
  const script = scriptOf(command);
  return script === undefined ? undefined : directivesIn(await beginningOf(path.resolve(cwd, script)));
}

/** Where the lines of `#SBATCH` stand in a script. "" for anything else. */
async function beginningOf(file: string): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined);
  try {
    const read = await handle?.read(Buffer.alloc(SCRIPT_HEAD_BYTES), 0, SCRIPT_HEAD_BYTES, 0);
    return read?.buffer.toString('utf8', 0, read.bytesRead) ?? '';
  } catch {
    return '';
  } finally {
    await handle?.close();
  }
}

async function askQueue(handle: SlurmHandle): Promise<QueueAnswer> {
  const queue = await callSlurm('scontrol', [...atCluster(handle), 'show', 'job', '--oneliner', handle.job]);
  const entries = parseScontrol(queue.stdout);
  if (queue.status === 0 && entries.length > 0) {
    return entries;
  }
  // The controller forgets ended jobs after some minutes; the accounts, where they are kept, do not.
  if (!knowsNoSuchJob(queue)) {
    return { silent: queue.complaint };
  }
  const words = ['--allocations', '--parsable2', '--noheader', `--format=${SACCT_FIELDS.join(',')}`, '--jobs'];
  const accounts = await callSlurm('sacct', [...atCluster(handle), ...words, handle.job]);
  const past = accounts.status === 0 ? parseSacct(accounts.stdout) : [];
  return past.length > 0 ? past : 'forgotten';
}

function knowsNoSuchJob({ status, complaint }: ToolAnswer): boolean {
  return status === 0 || /Invalid job id/i.test(complaint);
}

/** Told to the steps alone, so that our own script lives on to say how they ended. */
function signalWords({ isScript }: SlurmHandle, signal: string): string[] {
  return [`--signal=${signal}`, ...(isScript ? ['--full'] : [])];
}

function atCluster({ cluster }: SlurmHandle): string[] {
  return cluster === null ? [] : [`--clusters=${cluster}`];
}

/** The pattern of sbatch's `--output`, in which a percent sign of the folder's own name is doubled. */
function outputPattern(folder: string, own: string): string {
  return path.join(folder.replaceAll('%', '%%') + own.slice(folder.length), JOB_FILES.output);
}

function notShared(folder: string, what: string): string[] {
  const own = path.resolve(tmpdir());
  return path.resolve(folder) === own || path.resolve(folder).startsWith(own + path.sep)
    ? [`${what} is below ${own}, which every machine has for itself: nodes other than this one will not find it`]
    : [];
}

function indexesOf(words: readonly string[]): readonly number[] | undefined {
  const array = arrayIn(words);
  const indexes = array === undefined ? undefined : arrayIndexes(array);
  return indexes?.ok === true ? indexes.value : undefined;
}

function handleOf({ handle }: JobRecord): SlurmHandle | undefined {
  const value = handle as Partial<SlurmHandle> | null;
  return typeof value?.job === 'string' && /^\d+$/.test(value.job)
    ? {
        job: value.job,
        cluster: value.cluster ?? null,
        isScript: value.isScript === true,
        ...(value.indexes ? { indexes: value.indexes } : {}),
      }
    : undefined;
}

function asRecorded({ state, exit }: JobRecord): ObservedState {
  return { state, ...(exit ? { exit } : {}) };
}

interface End {
  readonly state: JobState;
  readonly entries: readonly QueueEntry[];
  readonly handle: SlurmHandle;
}

/** How the commands ended by what their scripts wrote, when nobody else knows. */
async function byStatusFiles(handle: SlurmHandle, folder: string): Promise<End> {
  const statuses = await Promise.all(statusFilesOf(handle, folder).map(statusIn));
  const state = statuses.includes(undefined)
    ? 'lost'
    : statuses.every((status) => status === 0)
      ? 'finished'
      : 'failed';
  return { state, entries: [], handle };
}

function statusFilesOf(handle: SlurmHandle | undefined, folder: string): string[] {
  const folders = handle?.indexes?.map((index) => path.join(folder, indexFolder(index))) ?? [folder];
  return folders.map((own) => path.join(own, SLURM_FILES.status));
}

async function statusIn(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return /^\d+\s*$/.test(text) ? Number(text) : undefined;
}

/** What Slurm ends jobs for, where their own output says nothing of it. */
const ENDINGS: Readonly<Record<string, Pick<JobExit, 'cause' | 'message'>>> = {
  TIMEOUT: {
    cause: 'killed',
    message: 'Slurm ended it because its time was over: ask for more (--time), or save checkpoints and continue',
  },
  DEADLINE: { cause: 'killed', message: 'Slurm ended it because its deadline had come' },
  OUT_OF_MEMORY: {
    cause: 'out-of-memory',
    message: 'Slurm ended it because it used more memory than it had asked for: ask for more (--mem)',
  },
  NODE_FAIL: { cause: 'killed', message: 'a node failed under it' },
  BOOT_FAIL: { cause: 'not-started', message: 'its nodes could not be started' },
  PREEMPTED: { cause: 'killed', message: 'it had to give way to a job that comes first (preempted)' },
};

async function ended({ state: said, entries, handle }: End, folder: string): Promise<ObservedState> {
  const files = statusFilesOf(handle, folder);
  const statuses = await Promise.all(files.map(statusIn));
  const bad = entries.find((entry) => jobStateOf(entry) === 'failed') ?? entries[0];
  const worst = statuses.findIndex((status) => status !== undefined && status !== 0);
  // An index of an array that failed may be forgotten already while others are known.
  const state = said === 'finished' && worst >= 0 ? 'failed' : said;
  // The script's own word first: Slurm tells a status of 137 as signal 9, and the signal of a cancelled job as none.
  const code = statuses[worst] ?? (state === 'finished' ? 0 : bad?.signal === 0 && bad.status > 0 ? bad.status : null);
  const stopRequest = await stopRequestOf(folder);
  if (state === 'lost' && stopRequest === undefined) {
    const message = `Slurm knows job ${handle.job} no more, and its script did not say how it ended`;
    return { state, exit: { code: null, signal: null, cause: 'unseen', message } };
  }
  const output = path.join(path.dirname(files[Math.max(0, worst)] ?? ''), JOB_FILES.output);
  const lastOutput = await endOfFile(output, LAST_OUTPUT_BYTES);
  const signal = code === null && bad !== undefined ? signalName(bad.signal) : null;
  const seen = exitOf({ code, signal, stopRequest, lastOutput, kills: 0 });
  if (seen.cause === 'asked') {
    return { state: 'stopped', exit: seen };
  }
  if (state === 'stopped') {
    return { state, exit: { ...seen, cause: 'asked', message: 'cancelled in the queue (scancel)' } };
  }
  const ending = bad && ENDINGS[bad.state];
  const isTold = seen.cause === 'out-of-memory' || seen.cause === 'gpu-out-of-memory';
  return { state, exit: ending && !isTold ? { ...seen, ...ending } : seen };
}

function signalName(number: number): string | null {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null;
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
