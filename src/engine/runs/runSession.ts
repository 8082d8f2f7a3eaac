import type { FileProblem } from '../../model/problem.js';
import type { RecordSink } from '../../model/record.js';
import type { Role } from '../../model/role.js';
import type { RunDescription, RunFile, SettingsFile } from '../../model/run.js';
import { recogniseFormat } from '../../readers/formats.js';
import { readSettingsFile } from '../discovery/settingsFile.js';
import type { Recogniser } from '../recognition/userPatterns.js';
import { Lane } from './lane.js';
import { LaneMerge } from './laneMerge.js';
import { LaneQueue } from './laneQueue.js';
import { PrefixingSink } from './prefixingSink.js';
import { RunAnalysis } from './runAnalysis.js';

export interface SessionOptions {
  /** Tags or globs whose roles the user has set. */
  readonly roles: Readonly<Record<string, Role>>;
  /** Undefined: as formats are told without patterns of the user's own. */
  readonly recognise?: Recogniser;
}

/** `replaced`: the files no longer hold what was read; the run has to be read anew, in another session. */
export type ReadOutcome = 'unchanged' | 'grown' | 'replaced';

/**
 * The files of one run on their way into its analysis. Several lanes are merged by step, so that the same files
 * always give the same findings.
 */
export class RunSession {
  readonly analysis: RunAnalysis;
  private readonly recognise: Recogniser;
  private currentDescription: RunDescription;
  private readonly lanes: readonly Lane[];
  /** Undefined where the run has but one lane: nothing is to be merged. */
  private readonly merge: LaneMerge | undefined;
  private unreadSettings: readonly SettingsFile[];
  private hasLateSettings = false;
  private hasEnded = false;
  private problemsShown = Infinity;

  constructor(description: RunDescription, options: SessionOptions) {
    this.currentDescription = description;
    this.unreadSettings = description.settings ?? [];
    this.recognise = options.recognise ?? recogniseFormat;
    this.analysis = new RunAnalysis({ roles: options.roles });
    if (description.lanes.length > 1) {
      const queued = description.lanes.map((files) => this.queuedLane(files));
      this.merge = new LaneMerge(queued);
      this.lanes = queued.map(({ lane }) => lane);
    } else {
      this.lanes = description.lanes.map((files) => new Lane(files, (file) => this.sinkOf(file), this.recognise));
    }
  }

  get description(): RunDescription {
    return this.currentDescription;
  }

  /** Id of the format, several joined by "+"; "" before the first file was opened. */
  get format(): string {
    return [...new Set(this.lanes.flatMap((lane) => [...lane.formats]))].join('+');
  }

  /** Whether the readers have been told that nothing follows. */
  get isEnded(): boolean {
    return this.hasEnded;
  }

  /** Whether records or settings came in another order than reading the files from the start would give. */
  get needsReplay(): boolean {
    return this.hasLateSettings || (this.merge?.isDisordered ?? false);
  }

  /**
   * Reads all that the files hold now. Gives the event loop a turn at every piece; rejects when aborted.
   * @param onPiece called after each piece that was read.
   */
  async read(signal: AbortSignal, onPiece: () => void = () => undefined): Promise<ReadOutcome> {
    await this.readSettings(signal);
    const progress = this.merge ? await this.merge.drain(onPiece, signal) : await drain(this.lanes, onPiece, signal);
    return progress === 'more' ? 'grown' : progress === 'end' ? 'unchanged' : 'replaced';
  }

  /** What could not be read. */
  get problems(): readonly FileProblem[] {
    return this.analysis.problems.slice(0, this.problemsShown);
  }

  /**
   * Nothing follows: unterminated last lines are read, half records become problems.
   * @param mayStillGrow the files are looked at once while they are being written: their half records are no problem.
   * @returns whether more is known than before.
   */
  end(mayStillGrow = false): boolean {
    if (this.hasEnded) {
      return false;
    }
    const { store, problems, outcome } = this.analysis;
    const [points, complaints] = [store.points, problems.length];
    this.hasEnded = true;
    this.problemsShown = mayStillGrow ? complaints : Infinity;
    this.lanes.forEach((lane) => lane.end());
    this.merge?.flush();
    return store.points > points || problems.length > complaints || this.analysis.outcome !== outcome;
  }

  close(): void {
    this.lanes.forEach((lane) => lane.close());
  }

  /**
   * Takes over what discovery found since.
   * @returns false when the files do not continue those that were read: the run has to be read anew.
   */
  extend(description: RunDescription): boolean {
    const known = this.currentDescription.lanes;
    const settings = newSettings(this.currentDescription.settings ?? [], description.settings ?? []);
    const continues =
      settings !== undefined &&
      description.lanes.length === known.length &&
      known.every((files, index) => isPrefix(files, description.lanes[index] ?? []));
    if (!continues) {
      return false;
    }
    description.lanes.forEach((files, index) => this.lanes[index]?.append(files.slice(known[index]?.length)));
    this.unreadSettings = [...this.unreadSettings, ...settings];
    this.currentDescription = description;
    return true;
  }

  /** Before the logs: what the run was started with is known when its first number is judged. */
  private async readSettings(signal: AbortSignal): Promise<void> {
    for (const file of this.unreadSettings) {
      signal.throwIfAborted();
      const { values, outcome, problem } = await readSettingsFile(file.path);
      const sink = this.analysis.fileSink({ path: file.path });
      sink.configuration(values);
      if (outcome) {
        this.analysis.settle({ outcome, message: `${file.path} says so` });
      }
      if (problem !== undefined) {
        sink.problem({ offset: 0, message: problem });
      }
      this.hasLateSettings ||= this.analysis.store.points > 0;
    }
    this.unreadSettings = [];
  }

  private queuedLane(files: readonly RunFile[]): { lane: Lane; queue: LaneQueue } {
    const queue = new LaneQueue();
    return { lane: new Lane(files, (file) => queue.sinkFor(this.sinkOf(file)), this.recognise), queue };
  }

  private sinkOf({ path, rank, tagPrefix }: RunFile): RecordSink {
    const sink = this.analysis.fileSink({ path, rank });
    return tagPrefix === undefined ? sink : new PrefixingSink(sink, tagPrefix);
  }
}

async function drain(
  lanes: readonly Lane[],
  onPiece: () => void,
  signal: AbortSignal,
): Promise<'more' | 'end' | 'replaced'> {
  let outcome: 'more' | 'end' = 'end';
  for (const lane of lanes) {
    for (;;) {
      signal.throwIfAborted();
      const progress = await lane.advance();
      if (progress === 'replaced') {
        return progress;
      }
      if (progress === 'end') {
        break;
      }
      outcome = progress;
      onPiece();
    }
  }
  return outcome;
}

function isPrefix(known: readonly RunFile[], files: readonly RunFile[]): boolean {
  return known.every(({ path, rank }, index) => files[index]?.path === path && files[index].rank === rank);
}

/** Files of settings that have come besides those known; undefined when one of these has changed or gone. */
function newSettings(
  known: readonly SettingsFile[],
  now: readonly SettingsFile[],
): readonly SettingsFile[] | undefined {
  const versions = new Map(now.map(({ path, version }) => [path, version]));
  if (known.some(({ path, version }) => versions.get(path) !== version)) {
    return undefined;
  }
  const old = new Set(known.map(({ path }) => path));
  return now.filter(({ path }) => !old.has(path));
}
