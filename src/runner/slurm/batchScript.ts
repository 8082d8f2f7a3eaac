import path from 'node:path';
import { JOB_FILES } from '../jobRecord.js';
import { SAMPLE } from '../telemetry/sampleMachine.js';
import { indexFolder } from './arrayIndexes.js';

/** Files of Slurm's in a run's folder, besides those of every job. */
export const SLURM_FILES = {
  /** What sbatch was given. */
  script: 'slurm-job.sh',
  /** The status that the command ended with: Slurm itself forgets it within minutes where nothing keeps accounts. */
  status: 'slurm-status',
  /** There while the processes are held by a signal, of which Slurm's own state says nothing. */
  held: 'slurm-held',
} as const;

export interface BatchScript {
  readonly command: readonly string[];
  /** Absolute; on a file system that the nodes share. */
  readonly cwd: string;
  /** The run's folder: absolute and shared likewise. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly isArray: boolean;
  /** The command is a script for sbatch: it runs once, whatever the tasks of the job, and makes its steps itself. */
  readonly isScript: boolean;
  /** Node and the bundle of `supervisorMain`, which samples the machine that it runs on; undefined: nobody does. */
  readonly sampler: readonly string[] | undefined;
}

/**
 * The script that a node runs. The command is a step of its own (srun), so that signals reach it and not the script,
 * and so that Slurm starts it on all nodes of the job.
 */
export function batchScript({ command, cwd, folder, environment, isArray, isScript, sampler }: BatchScript): string {
  const own = isArray ? `${folder}/${indexFolder('')}` : folder;
  const lines = [
    '#!/bin/sh',
    '# Written by Evenkeel, to be given to sbatch.',
    ...Object.entries(environment)
      .filter(([name]) => /^[A-Za-z_]\w*$/.test(name))
      .map(([name, value]) => `export ${name}=${quoted(value)}`),
    `folder=${quoted(own)}${isArray ? '"$SLURM_ARRAY_TASK_ID"' : ''}`,
    'mkdir -p "$folder" || exit 1',
    ...('EVENKEEL_OUT' in environment
      ? ['export EVENKEEL_OUT="$folder"', `export EVENKEEL_CONTROL="$folder/${JOB_FILES.control}"`]
      : []),
    `rm -f "$folder/${SLURM_FILES.status}" "$folder/${SLURM_FILES.held}"`,
    // Since 22.05 a step does not take this over from its job.
    '[ -z "$SLURM_CPUS_PER_TASK" ] || export SRUN_CPUS_PER_TASK="$SLURM_CPUS_PER_TASK"',
    `cd ${quoted(cwd)} || exit 1`,
    ...(sampler === undefined ? [] : samplerLines(sampler, folder)),
    ...(isScript ? ['trap : INT', command.map(quoted).join(' ')] : [step(command)]),
    'status=$?',
    `printf '%s\\n' "$status" > "$folder/${SLURM_FILES.status}"`,
    ...(sampler === undefined ? [] : ['[ -z "$sampler" ] || kill "$sampler" 2>/dev/null']),
    'exit "$status"',
  ];
  return `${lines.join('\n')}\n`;
}

/** Programs that make steps of their own. */
const LAUNCHER = /^(?:srun|mpirun|mpiexec|prun)$/;

/** `--overlap` (Slurm 20.11) lets what is run so make steps of its own. */
function step(command: readonly string[]): string {
  const words = command.map(quoted).join(' ');
  return LAUNCHER.test(path.posix.basename(command[0] ?? '')) ? words : `srun --overlap --kill-on-bad-exit=1 ${words}`;
}

/** The node may lack the program: then it is not sampled. Slurm ends what is left of a job with it. */
function samplerLines(sampler: readonly string[], folder: string): string[] {
  const words = [...sampler, folder, SAMPLE].map(quoted).join(' ');
  const isThere = sampler.map((file) => `[ -r ${quoted(file)} ]`).join(' && ');
  return [
    'sampler=',
    // The program may be the editor's own, which is Node when it is told so.
    `if ${isThere}; then ELECTRON_RUN_AS_NODE=1 NODE_OPTIONS= ${words} "$folder" </dev/null >/dev/null 2>&1 & sampler=$!; fi`,
  ];
}

/** A word that a shell takes as it is. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
