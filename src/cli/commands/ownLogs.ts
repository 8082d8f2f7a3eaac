import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { Discovery } from '../../engine/discovery/discovery.js';
import type { DiscoveredRun } from '../../engine/discovery/discovery.js';
import { HOOKED } from '../../engine/discovery/jobRuns.js';
import { excludedBy } from '../../engine/pathGlobs.js';
import type { Recogniser } from '../../engine/recognition/userPatterns.js';
import { RUNS_FOLDER } from '../../runner/jobFolder.js';

/** Clocks of file systems are a little behind. */
const SLACK_MS = 2000;

export interface OwnLogsOptions {
  /** The folder that the job runs in, absolute. */
  readonly cwd: string;
  /** The run's folder, absolute: what lies there is read anyway. */
  readonly folder: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly recognise?: Recogniser;
  readonly now: () => number;
}

/**
 * Logs that a job itself writes in the folder that it runs in: for jobs of which the hook sees nothing. Another job that
 * writes there at the same time can't be told apart.
 */
export class OwnLogs {
  private readonly options: OwnLogsOptions;
  private readonly discovery = new Discovery();
  private readonly isExcluded: (path: string) => boolean;

  constructor(options: OwnLogsOptions) {
    this.options = options;
    const isInRuns = excludedBy([`**/${RUNS_FOLDER}/**`]);
    this.isExcluded = (file) => isInRuns(file) || isWithin(path.resolve(file), options.folder);
  }

  /** The runs whose files have changed since the job began; none where the hook has seen its steps. */
  async find(signal: AbortSignal): Promise<readonly DiscoveredRun[]> {
    const { cwd, folder, since, recognise, now } = this.options;
    // Everything that a person or a machine has lies below these: too much to be looked through.
    const isTooMuch = cwd === path.parse(cwd).root || cwd === homedir();
    if (isTooMuch || (await readdir(folder)).some((name) => HOOKED.test(name))) {
      return [];
    }
    const { runs } = await this.discovery.discover([cwd], {
      isExcluded: this.isExcluded,
      now,
      signal,
      ...(recognise ? { recognise } : {}),
    });
    return runs.filter(({ modified }) => modified >= since - SLACK_MS);
  }
}

function isWithin(file: string, folder: string): boolean {
  return file === folder || file.startsWith(folder + path.sep);
}
