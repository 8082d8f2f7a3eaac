import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobRecord } from '../../../../src/runner/jobRecord.js';
import { arrayIndexes } from '../../../../src/runner/slurm/arrayIndexes.js';
import { batchScript, SLURM_FILES } from '../../../../src/runner/slurm/batchScript.js';
import {
  inWords,
  jobStateOf,
  parseSacct,
  parseScontrol,
  reasonInWords,
  together,
} from '../../../../src/runner/slurm/queueState.js';
import { sbatchWords } from '../../../../src/runner/slurm/slurmOptions.js';
import { SlurmTarget } from '../../../../src/runner/slurm/slurmTarget.js';
import type { JobRequest } from '../../../../src/runner/target.js';

describe('options for sbatch', () => {
  it('are passed on under their own names', () => {
    const words = sbatchWords({
      partition: 'a100',
      time: '1-00:00:00',
      requeue: 'no',
      'sbatch-args': '--mail-type=END --comment "two words"',
    });
    expect(words).toEqual({
      ok: true,
      value: ['--partition=a100', '--time=1-00:00:00', '--no-requeue', '--mail-type=END', '--comment', 'two words'],
    });
  });

  it.each([
    [{ partitoin: 'a' }, 'slurm has no option partitoin'],
    [{ time: ' ' }, '--time needs a value'],
    [{ requeue: 'maybe' }, 'requeue is yes or no'],
    [{ 'sbatch-args': '--output=elsewhere.log' }, 'leave it out'],
    [{ 'sbatch-args': '-o elsewhere.log' }, 'leave it out'],
    [{ 'sbatch-args': '--wrap=true' }, 'leave it out'],
    [{ 'sbatch-args': '--comment "open' }, 'a quote is not closed'],
  ])('are refused in words: %j', (options, message) => {
    const words = sbatchWords(options);
    expect(words.ok ? '' : words.error).toContain(message);
  });
});

describe('indexes of an array', () => {
  it.each([
    ['0-3', [0, 1, 2, 3]],
    ['1,3,5-6', [1, 3, 5, 6]],
    ['0-15:5', [0, 5, 10, 15]],
    ['4-4%1', [4]],
    ['0-7%2', [0, 1, 2, 3, 4, 5, 6, 7]],
  ])('%s', (array, indexes) => {
    expect(arrayIndexes(array)).toEqual({ ok: true, value: indexes });
  });

  it.each(['', 'a', '5-2', '0-3:0', '1..3', '0-99999999'])('refuses %j', (array) => {
    expect(arrayIndexes(array).ok).toBe(false);
  });
});

describe('the state of a job', () => {
  // As slurm-wlm 22.05.8 prints them; lines shortened to what stands between.
  const running =
    'JobId=1 JobName=job.sh UserId=root(0) JobState=RUNNING Reason=None Dependency=(null) Requeue=1 Restarts=0 BatchFlag=1 ExitCode=0:0 RunTime=00:00:01 StartTime=2026-11-21T16:23:50 Command=/tmp/JobState=odd.sh';
  const waiting =
    'JobId=3 ArrayJobId=3 ArrayTaskId=2-7%2 JobName=job.sh JobState=PENDING Reason=Resources Restarts=0 ExitCode=0:0 StartTime=2026-11-22T10:00:00 EndTime=Unknown';
  const failed = 'JobId=5 ArrayJobId=3 ArrayTaskId=1 JobState=FAILED Reason=NonZeroExitCode Restarts=1 ExitCode=3:0';
  const done = 'JobId=4 ArrayJobId=3 ArrayTaskId=0 JobState=COMPLETED Reason=None Restarts=0 ExitCode=0:0';

  it('is read from scontrol', () => {
    expect(parseScontrol(`${running}\n`)).toEqual([
      { index: undefined, state: 'RUNNING', reason: '', status: 0, signal: 0, restarts: 0, begins: '' },
    ]);
    expect(parseScontrol('slurm_load_jobs error: Invalid job id specified\n')).toEqual([]);
  });

  it('is read from sacct', () => {
    const text = '17|CANCELLED by 1000|0:15|None\n18_3|TIMEOUT|0:0|TimeLimit\n18_[4-9]|PENDING|0:0|Priority\n';
    expect(parseSacct(text).map(({ index, state, signal, reason }) => [index, state, signal, reason])).toEqual([
      [undefined, 'CANCELLED', 15, ''],
      ['3', 'TIMEOUT', 0, 'TimeLimit'],
      ['4-9', 'PENDING', 0, 'Priority'],
    ]);
  });

  it.each([
    ['PENDING', 'queued'],
    ['REQUEUE_HOLD', 'queued'],
    ['COMPLETING', 'running'],
    ['SUSPENDED', 'paused'],
    ['COMPLETED', 'finished'],
    ['CANCELLED', 'stopped'],
    ['NODE_FAIL', 'failed'],
    ['OUT_OF_MEMORY', 'failed'],
  ])('%s comes out as %s', (state, expected) => {
    const [entry] = parseScontrol(`JobId=1 JobState=${state} ExitCode=0:0`);
    expect(entry && jobStateOf(entry)).toBe(expected);
  });

  it('is told in words that say what to do', () => {
    const [entry] = parseScontrol(
      'JobId=7 JobState=PENDING Reason=BeginTime Restarts=1 ExitCode=0:0 StartTime=2026-11-21T16:28:01',
    );
    expect(entry && inWords(entry)).toBe(
      'PENDING: its time to begin has not come: after a requeue Slurm waits a little (BeginTime), expected to begin 2026-11-21 16:28:01, started anew once',
    );
    expect(
      reasonInWords('Nodes_required_for_job_are_DOWN,_DRAINED_or_reserved_for_jobs_in_higher_priority_partitions'),
    ).toBe('the nodes that it needs are down, drained or reserved for jobs that come first');
    expect(reasonInWords('ReqNodeNotAvail,_UnavailableNodes:a12')).toContain('UnavailableNodes:a12');
    expect(reasonInWords('SomethingNew_in_26')).toBe('SomethingNew in 26');
  });

  it('of an array is that of what most matters', () => {
    const all = parseScontrol([waiting, failed, done, running].join('\n'));
    expect(together(all).state).toBe('running');
    expect(together(parseScontrol([waiting, failed, done].join('\n')))).toEqual({
      state: 'queued',
      words:
        '6 PENDING: waits for nodes, processors, memory or GPUs to be free (Resources), expected to begin 2026-11-22 10:00:00; 1 FAILED; 1 COMPLETED',
    });
    expect(together(parseScontrol([failed, done].join('\n'))).state).toBe('failed');
    expect(together(parseScontrol(done)).state).toBe('finished');
  });
});

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "evenkeel slurm's ä%a-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(process.platform === 'win32')('the batch script', () => {
  /** Runs it as a node would, with an srun that only runs what it is given. */
  function runScript(script: string, environment: NodeJS.ProcessEnv = {}): string {
    const file = path.join(folder, 'job.sh');
    writeFileSync(file, script);
    const bin = path.join(folder, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(path.join(bin, 'srun'), '#!/bin/sh\nshift 2\nexec "$@"\n');
    chmodSync(path.join(bin, 'srun'), 0o755);
    try {
      return execFileSync('/bin/sh', [file], {
        env: { PATH: `${bin}:/bin:/usr/bin`, ...environment },
        encoding: 'utf8',
      });
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  }

  const base = { cwd: '/', environment: {}, isArray: false, isScript: false, sampler: undefined };

  it('passes words, folders and variables on as they are, and keeps the status', () => {
    const odd = `it's "$HOME" \\ \`x\` ünï`;
    const script = batchScript({
      ...base,
      cwd: folder,
      folder: path.join(folder, 'run'),
      command: ['/bin/sh', '-c', 'printf "%s|" "$PWD" "$ODD" "$1"; exit 7', 'sh', odd],
      environment: { ODD: odd },
    });
    expect(runScript(script)).toBe(`${folder}|${odd}|${odd}|`);
    expect(readFileSync(path.join(folder, 'run', SLURM_FILES.status), 'utf8')).toBe('7\n');
  });

  it('gives each index of an array a folder of its own', () => {
    const script = batchScript({
      ...base,
      folder,
      isArray: true,
      command: ['/bin/sh', '-c', 'echo "$EVENKEEL_OUT $EVENKEEL_CONTROL"'],
      environment: { EVENKEEL_OUT: folder },
    });
    const own = path.join(folder, 'task-3');
    expect(runScript(script, { SLURM_ARRAY_TASK_ID: '3' })).toBe(`${own} ${own}/control\n`);
    expect(readFileSync(path.join(own, SLURM_FILES.status), 'utf8')).toBe('0\n');
  });

  it('forgets how it ended when it is started anew', () => {
    const file = path.join(folder, SLURM_FILES.status);
    writeFileSync(file, '0\n');
    runScript(batchScript({ ...base, folder, command: ['/bin/sh', '-c', 'kill -9 $PPID'] }));
    expect(() => readFileSync(file)).toThrow('ENOENT');
  });

  it('leaves steps to a command that makes its own', () => {
    const own = batchScript({ ...base, folder, isScript: true, command: ['./job.sbatch'] });
    expect(own).toContain('\n./job.sbatch\n');
    for (const launcher of ['srun', '/usr/bin/mpirun']) {
      const script = batchScript({ ...base, folder, command: [launcher, 'python', 'train.py'] });
      expect(script).toContain(`\n${launcher} python train.py\n`);
    }
  });

  it('runs the job where the node lacks the sampler', () => {
    const script = batchScript({
      ...base,
      folder,
      command: ['echo', 'here'],
      sampler: ['/nowhere/node', '/nowhere/a.js'],
    });
    expect(runScript(script)).toBe('here\n');
  });
});

describe('a submission', () => {
  const request = (more: Partial<JobRequest> = {}): JobRequest => ({
    command: ['python', 'train.py'],
    cwd: '/work',
    folder: '/work/runs/50%/r1',
    environment: {},
    inherited: {},
    options: {},
    ...more,
  });

  it('is composed and starts nothing', async () => {
    const prepared = await new SlurmTarget().prepare(request({ options: { gpus: '2', array: '0-3' } }));
    expect(prepared.ok && prepared.value.command).toEqual([
      'sbatch',
      '--parsable',
      '--job-name=r1',
      '--gpus=2',
      '--array=0-3',
      '--chdir=/work',
      '--output=/work/runs/50%%/r1/task-%a/output.log',
      '--open-mode=append',
      '/work/runs/50%/r1/slurm-job.sh',
    ]);
    expect(prepared.ok && prepared.value.notes).toEqual([]);
  });

  it('takes over what the job’s own script asks for, but for where it writes', async () => {
    const script = path.join(folder, 'train.sbatch');
    writeFileSync(
      script,
      `#!/bin/bash
# a comment
#SBATCH --partition=a100   # the big ones
#SBATCH -a 0-1 --time=10:00
#SBATCH -o logs/%j.out
##SBATCH --account=nobody

echo
#SBATCH --mem=1G
`,
    );
    for (const command of [[script], ['bash', script, '--lr', '1']]) {
      const prepared = await new SlurmTarget().prepare(request({ command, options: { time: '5' } }));
      expect(prepared.ok && prepared.value.command.slice(2, -4)).toEqual([
        '--job-name=r1',
        '--partition=a100',
        '-a',
        '0-1',
        '--time=10:00',
        '--time=5',
      ]);
      expect(prepared.ok && prepared.value.command.at(-3)).toContain('task-%a');
      expect(prepared.ok && prepared.value.notes.join()).toContain('#SBATCH -o logs/%j.out: left out');
    }
  });

  it('says that nodes will not find a folder of this machine', async () => {
    const prepared = await new SlurmTarget().prepare(request({ folder: path.join(tmpdir(), 'r1') }));
    expect(prepared.ok && prepared.value.notes.join()).toContain('every machine has for itself');
  });

  it.each<[Partial<JobRequest>, string]>([
    [{ command: [] }, 'name a command'],
    [{ command: ['sbatch', 'job.sh'] }, 'instead of sbatch'],
    [{ options: { 'sbatch-args': '-a 3-1' } }, 'write indexes as'],
    [{ options: { array: '3-1' } }, 'write indexes as'],
    [{ folder: '/work/a"b' }, 'quotes'],
  ])('is refused in words: %j', async (more, message) => {
    const prepared = await new SlurmTarget().prepare(request(more));
    expect(prepared.ok ? '' : prepared.error).toContain(message);
  });
});

describe.skipIf(process.platform === 'win32')('a cluster', () => {
  const path0 = process.env['PATH'];

  /** Tools that print what Slurm printed. */
  function fakeTools(tools: Readonly<Record<string, string>>): void {
    const bin = path.join(folder, 'bin');
    mkdirSync(bin, { recursive: true });
    for (const [name, script] of Object.entries(tools)) {
      writeFileSync(path.join(bin, name), `#!/bin/sh\n${script}\n`);
      chmodSync(path.join(bin, name), 0o755);
    }
    process.env['PATH'] = `${bin}:/bin:/usr/bin`;
  }

  afterEach(() => {
    process.env['PATH'] = path0;
  });

  const record = (handle: JobRecord['handle'] = { job: '17', cluster: null }): JobRecord => ({
    evenkeelJob: 1,
    name: 'r1',
    target: 'slurm',
    command: ['python'],
    launched: ['sbatch'],
    cwd: '/',
    environment: {},
    options: {},
    hook: 'auto',
    created: 0,
    started: null,
    ended: null,
    state: 'queued',
    exit: null,
    handle,
  });
  const forgotten = {
    scontrol: 'echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1',
    sacct: 'echo "Slurm accounting storage is disabled" >&2; exit 1',
  };

  it('without Slurm’s tools says where to go', async () => {
    process.env['PATH'] = folder;
    expect(await new SlurmTarget().unavailable()).toContain('a login node');
  });

  it('that forgets its jobs leaves the word to the script', async () => {
    fakeTools(forgotten);
    writeFileSync(path.join(folder, SLURM_FILES.status), '0\n');
    expect(await new SlurmTarget().state(record(), folder)).toMatchObject({ state: 'finished', exit: { code: 0 } });
    writeFileSync(path.join(folder, SLURM_FILES.status), '1\n');
    writeFileSync(path.join(folder, 'output.log'), 'Traceback (most recent call last):\n  File "a.py"\nKeyError: 3\n');
    expect(await new SlurmTarget().state(record(), folder)).toMatchObject({
      state: 'failed',
      exit: { code: 1, cause: 'error', message: expect.stringContaining('KeyError: 3') as string },
    });
  });

  it('that forgets one index of an array leaves the word to its script', async () => {
    fakeTools({ scontrol: 'echo "JobId=18 ArrayJobId=17 ArrayTaskId=1 JobState=COMPLETED Reason=None ExitCode=0:0"' });
    for (const [index, status] of [
      [0, 9],
      [1, 0],
    ]) {
      mkdirSync(path.join(folder, `task-${index}`));
      writeFileSync(path.join(folder, `task-${index}`, SLURM_FILES.status), `${status}\n`);
    }
    const seen = await new SlurmTarget().state(record({ job: '17', cluster: null, indexes: [0, 1] }), folder);
    expect(seen).toMatchObject({ state: 'failed', exit: { code: 9 } });
  });

  it('that forgets a job whose script said nothing has lost it', async () => {
    fakeTools(forgotten);
    expect(await new SlurmTarget().state(record(), folder)).toMatchObject({
      state: 'lost',
      exit: { cause: 'unseen', message: expect.stringContaining('knows job 17 no more') as string },
    });
  });

  it('that does not answer loses nothing', async () => {
    fakeTools({
      scontrol: 'echo "slurm_load_jobs error: Unable to contact slurm controller (connect failure)" >&2; exit 1',
    });
    expect(await new SlurmTarget().state(record(), folder)).toEqual({
      state: 'queued',
      detail: expect.stringContaining('Unable to contact slurm controller') as string,
    });
  });

  it.each([
    ['JobState=TIMEOUT Reason=TimeLimit ExitCode=0:15', 'failed', 'killed', 'its time was over'],
    ['JobState=OUT_OF_MEMORY Reason=OutOfMemory ExitCode=0:125', 'failed', 'out-of-memory', '--mem'],
    ['JobState=NODE_FAIL Reason=NodeFail ExitCode=1:0', 'failed', 'killed', 'a node failed'],
    ['JobState=CANCELLED Reason=None ExitCode=0:15', 'stopped', 'asked', 'scancel'],
    ['JobState=PREEMPTED Reason=None ExitCode=0:15', 'failed', 'killed', 'give way'],
  ])('says how it ended a job: %s', async (line, state, cause, words) => {
    fakeTools({ scontrol: `echo "JobId=17 ${line}"` });
    const seen = await new SlurmTarget().state(record(), folder);
    expect(seen).toMatchObject({ state, exit: { cause, message: expect.stringContaining(words) as string } });
  });

  it('is asked no more often than every other second', async () => {
    fakeTools({
      scontrol: `echo x >> '${folder.replaceAll("'", `'\\''`)}/calls'; echo "JobId=17 JobState=RUNNING Reason=None"`,
    });
    const target = new SlurmTarget();
    for (let turn = 0; turn < 5; turn++) {
      expect((await target.state(record(), folder)).state).toBe('running');
    }
    expect(readFileSync(path.join(folder, 'calls'), 'utf8')).toBe('x\n');
  });

  it('where nobody may suspend holds the processes by a signal', async () => {
    fakeTools({
      scontrol: `case "$1" in
        show) echo "JobId=17 JobState=RUNNING Reason=None";;
        *) echo "Access/permission denied for job 17" >&2; exit 1;;
      esac`,
      scancel: `echo "$@" >> '${folder.replaceAll("'", `'\\''`)}/said'`,
    });
    const target = new SlurmTarget();
    expect(await target.signal(record(), folder, 'pause')).toEqual({ ok: true, value: undefined });
    expect((await target.state(record(), folder)).state).toBe('paused');
    expect((await target.signal(record(), folder, 'resume')).ok).toBe(true);
    expect((await target.state(record(), folder)).state).toBe('running');
    expect(readFileSync(path.join(folder, 'said'), 'utf8')).toBe('--signal=STOP 17\n--signal=CONT 17\n');
  });

  it('takes a job on another cluster by its name', async () => {
    fakeTools({ scontrol: 'echo "JobId=17 JobState=RUNNING Reason=$1"' });
    const seen = await new SlurmTarget().state(record({ job: '17', cluster: 'big' }), folder);
    expect(seen.detail).toContain('--clusters=big');
  });

  it('says why it takes a job not', async () => {
    fakeTools({
      sbatch: 'echo "sbatch: error: Batch job submission failed: Invalid partition name specified" >&2; exit 1',
    });
    const target = new SlurmTarget();
    const prepared = await target.prepare({
      command: ['true'],
      cwd: folder,
      folder,
      environment: {},
      inherited: { PATH: process.env['PATH'] },
      options: { partition: 'nosuch' },
    });
    await expect(prepared.ok && target.launch(prepared.value)).rejects.toThrow('Invalid partition name specified');
  });
});
