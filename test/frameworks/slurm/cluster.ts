import { execFile, spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, hostname, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

const PROGRAMS = ['/usr/sbin/munged', '/usr/sbin/slurmctld', '/usr/sbin/slurmd', '/usr/bin/sbatch'];
const PACKAGES = ['slurm-wlm', 'munge'];
const INSTALL_MS = 600_000;
const START_MS = 60_000;
const END_MS = 10_000;
const POLL_MS = 100;

/** A Slurm on this machine's loopback. */
export interface Cluster {
  /** What Slurm's own tools need to find it. */
  readonly environment: NodeJS.ProcessEnv;
  /** The name of its only node. */
  readonly node: string;
  /** Runs one of Slurm's tools. */
  call(tool: string, ...words: string[]): Promise<string>;
  /** Ends its daemons and the jobs that they hold, and takes its files away. */
  stop(): Promise<void>;
}

/** Why no cluster can be started here; undefined when one can. Installs Debian's packages where that is possible. */
export async function whyNoCluster(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    return 'a Slurm of its own needs Linux and root';
  }
  if (PROGRAMS.every((program) => existsSync(program))) {
    return undefined;
  }
  if (!existsSync('/usr/bin/apt-get')) {
    return 'Slurm is not installed, and there is no apt-get to install it with';
  }
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await run('apt-get', ['update'], { env: environment, timeout: INSTALL_MS });
    await run('apt-get', ['install', '-y', '--no-install-recommends', ...PACKAGES], {
      env: environment,
      timeout: INSTALL_MS,
      maxBuffer: 1 << 26,
    });
  } catch (error) {
    return `Slurm is not installed, and could not be: ${error instanceof Error ? error.message.split('\n')[0] : ''}`;
  }
  return PROGRAMS.every((program) => existsSync(program)) ? undefined : 'the packages installed hold no Slurm';
}

/** Starts munge, a controller and a node, all with files, ports and sockets of their own, as our own children. */
export async function startCluster(): Promise<Cluster> {
  const folder = mkdtempSync(path.join(tmpdir(), 'evenkeel-slurm-'));
  chmodSync(folder, 0o755);
  const node = hostname().split('.')[0] ?? 'localhost';
  const daemons: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const daemon of [...daemons].reverse()) {
      await end(daemon);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const munge = await mungeIn(folder);
    daemons.push(munge.daemon);
    await until(() => existsSync(munge.socket), 'munge opened no socket', folder);
    const environment = { ...process.env, SLURM_CONF: configure(folder, node, munge.socket) };
    const call = async (tool: string, ...words: string[]): Promise<string> =>
      (await run(tool, words, { env: environment, timeout: START_MS })).stdout;
    daemons.push(start('/usr/sbin/slurmctld', ['-D', '-c'], { env: environment }));
    daemons.push(start('/usr/sbin/slurmd', ['-D', '-N', node], { env: environment }));
    const isIdle = async (): Promise<boolean> =>
      (await call('sinfo', '-h', '-o', '%T').catch((error: unknown) => String(error))).trim() === 'idle';
    await until(isIdle, 'the node did not become idle', folder);
    return { environment, node, call, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function mungeIn(folder: string): Promise<{ readonly socket: string; readonly daemon: ChildProcess }> {
  const home = path.join(folder, 'munge');
  const user = Number((await run('id', ['-u', 'munge'])).stdout);
  mkdirSync(home, { mode: 0o755 });
  const file = (name: string): string => path.join(home, name);
  writeFileSync(file('key'), Buffer.alloc(128, 'evenkeel test '), { mode: 0o400 });
  chownSync(file('key'), user, user);
  chownSync(home, user, user);
  const words = ['socket', 'pid', 'log', 'seed'].map(
    (name) => `--${name}${name === 'socket' ? '' : '-file'}=${file(name)}`,
  );
  const daemon = start('/usr/sbin/munged', ['--foreground', '--force', `--key-file=${file('key')}`, ...words], {
    uid: user,
    gid: user,
  });
  return { socket: file('socket'), daemon };
}

function start(program: string, words: readonly string[], options: SpawnOptions): ChildProcess {
  return spawn(program, words, { ...options, stdio: 'ignore' });
}

function configure(folder: string, node: string, mungeSocket: string): string {
  for (const name of ['state', 'spool']) {
    mkdirSync(path.join(folder, name));
  }
  const port = 20_000 + (process.pid % 20_000);
  const file = path.join(folder, 'slurm.conf');
  const megabytes = Math.floor(totalmem() / 2 ** 20 / 2);
  writeFileSync(
    file,
    `ClusterName=evenkeel
SlurmctldHost=${node}(127.0.0.1)
SlurmctldPort=${port}
SlurmdPort=${port + 1}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=${mungeSocket}
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/ctld.pid
SlurmdPidFile=${folder}/d.pid
SlurmctldLogFile=${folder}/ctld.log
SlurmdLogFile=${folder}/d.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
KillWait=5
MinJobAge=300
SchedulerParameters=sched_interval=1,batch_sched_delay=0,sched_min_interval=100000,bf_interval=2
JobRequeue=1
NodeName=${node} NodeAddr=127.0.0.1 CPUs=${Math.max(2, cpus().length)} RealMemory=${megabytes} State=UNKNOWN
PartitionName=debug Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`,
  );
  return file;
}

async function until(holds: () => boolean | Promise<boolean>, complaint: string, folder: string): Promise<void> {
  for (let waited = 0; waited < START_MS; waited += POLL_MS) {
    if (await holds()) {
      return;
    }
    await delay(POLL_MS);
  }
  const log = (name: string): string => {
    const file = path.join(folder, name);
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(-15).join('\n') : '';
  };
  throw new Error(`${complaint}\n${['munge/log', 'ctld.log', 'd.log'].map(log).join('\n')}`);
}

/** Asks a daemon to end, and makes it. */
async function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) {
    return;
  }
  const ended = new Promise((resolve) => daemon.once('exit', resolve));
  daemon.kill('SIGTERM');
  const force = setTimeout(() => daemon.kill('SIGKILL'), END_MS);
  await ended;
  clearTimeout(force);
}
