import { execFile } from 'node:child_process';

/** A controller that is busy answers late; one that is gone never. */
const TIME_LIMIT_MS = 60_000;
const MOST_OUTPUT_BYTES = 16 * 1024 * 1024;

export interface ToolAnswer {
  /** null where it could not be run at all, or took too long. */
  readonly status: number | null;
  readonly stdout: string;
  /** What it complained of, in one line. */
  readonly complaint: string;
}

/** Runs one of Slurm's own tools. Never rejects. */
export function callSlurm(
  tool: string,
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<ToolAnswer> {
  return new Promise((resolve) => {
    execFile(
      tool,
      words,
      // Their tables are written in the language and the form that a user may have set.
      {
        env: { ...environment, LC_ALL: 'C', SLURM_TIME_FORMAT: 'standard' },
        timeout: TIME_LIMIT_MS,
        maxBuffer: MOST_OUTPUT_BYTES,
      },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
        resolve({ status, stdout, complaint: complaintOf(tool, stderr, error) });
      },
    );
  });
}

function complaintOf(
  tool: string,
  stderr: string,
  error: (Error & { code?: unknown; killed?: boolean }) | null,
): string {
  if (error?.code === 'ENOENT') {
    return `${tool} is not there: start the job on a machine that Slurm's tools are installed on (a login node)`;
  }
  if (error?.killed === true) {
    return `${tool} gave no answer in ${TIME_LIMIT_MS / 1000} s: Slurm's controller may be down (scontrol ping)`;
  }
  if (/Could not establish a configuration source/.test(stderr)) {
    return 'Slurm is installed here and knows no cluster: start the job on a login node, or set SLURM_CONF to its slurm.conf';
  }
  const said = stderr
    .split('\n')
    .map((line) => line.replace(/^\w+: (?:error: )?/, '').trim())
    .filter((line) => line !== '');
  return said.join('; ') || (error?.message.split('\n')[0] ?? '');
}
