import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.js';
import { requestCheckpoint } from '../../runner/checkpointRequest.js';
import { withoutEditorVariables } from '../../runner/hookEnvironment.js';
import { jobFoldersIn, readRecord, RUNS_FOLDER } from '../../runner/jobFolder.js';
import { isOver } from '../../runner/jobRecord.js';
import type { JobRecord, JobState, TargetName } from '../../runner/jobRecord.js';
import { refreshJob, startJob, stopJob } from '../../runner/jobs.js';
import type { JobWish, StartedJob } from '../../runner/jobs.js';
import type { ControlSignal, Target } from '../../runner/target.js';
import { targetsWith } from '../../runner/targets.js';

/** A job as it was seen last. */
export interface SeenJob {
  /** Absolute: also the location of its run. */
  readonly folder: string;
  readonly record: JobRecord;
  readonly state: JobState;
  /** In the words of its target: "PENDING (Priority)". */
  readonly detail?: string;
}

export type EditorJobWish = Omit<JobWish, 'inherited'> & { readonly target: TargetName };

/** Between two looks at jobs that are not over, in milliseconds. */
const POLL_MS = 1000;
/** Older jobs of a folder that are over are not looked at. */
const REMEMBERED_JOBS = 50;
/** What was asked of a job shows within this, and is looked for so often, in milliseconds. */
const EFFECT_WAIT_MS = 5000;
const EFFECT_POLL_MS = 50;
/** A checkpoint of a large model takes minutes to write. */
const CHECKPOINT_WAIT_MS = 300_000;

/** The jobs that were started from here, those that an earlier window started included. */
export class Jobs implements vscode.Disposable {
  private readonly owned = new DisposableStore();
  private readonly changes = this.owned.add(new vscode.EventEmitter<SeenJob>());
  /** Hears of a job that is new or in another state. */
  readonly onChanged = this.changes.event;
  private readonly hooks: string;
  private readonly targets: Readonly<Record<TargetName, Target>>;
  private readonly log: vscode.LogOutputChannel;
  private readonly seen = new Map<string, SeenJob>();
  /** What makes a job that is being stopped be told the next thing at once. */
  private readonly hurrying = new Map<string, () => void>();
  private timer: NodeJS.Timeout | undefined;
  private looking = Promise.resolve();

  constructor(extensionUri: vscode.Uri, log: vscode.LogOutputChannel) {
    this.hooks = vscode.Uri.joinPath(extensionUri, 'hooks').fsPath;
    this.targets = targetsWith([vscode.Uri.joinPath(extensionUri, 'dist', 'supervisor.js').fsPath]);
    this.log = log;
    this.owned.add({ dispose: () => clearTimeout(this.timer) });
  }

  all(): readonly SeenJob[] {
    return [...this.seen.values()];
  }

  get(folder: string): SeenJob | undefined {
    return this.seen.get(path.resolve(folder));
  }

  targetOf({ record }: SeenJob): Target {
    return this.targets[record.target];
  }

  /** Starts a job; rejects in words. */
  async start(wish: EditorJobWish): Promise<StartedJob> {
    if (!vscode.workspace.isTrusted) {
      throw new Error(vscode.l10n.t('This workspace is in Restricted Mode: Evenkeel runs nothing.'));
    }
    const job = await startJob(
      { ...wish, inherited: withoutEditorVariables(process.env) },
      { target: this.targets[wish.target], hooks: this.hooks, now: Date.now },
    );
    this.log.info(`Started ${job.record.launched.join(' ')} in ${job.folder}`);
    this.take({ folder: job.folder, record: job.record, state: job.record.state });
    this.watch();
    return job;
  }

  /**
   * Finds the jobs of the workspace that an earlier window, or the command line, has started.
   * @returns those that were not known before and that go on
   */
  async findAgain(): Promise<readonly SeenJob[]> {
    const known = new Set(this.seen.keys());
    const roots = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
    const found = await Promise.all(roots.map(({ uri }) => jobFoldersIn(path.join(uri.fsPath, RUNS_FOLDER))));
    for (const folder of found.flatMap((folders) => folders.slice(0, REMEMBERED_JOBS))) {
      const record = this.seen.has(folder) ? undefined : await readRecord(folder);
      if (record) {
        this.take({ folder, record, state: record.state });
      }
    }
    await this.look();
    return this.all().filter(({ folder, state }) => !known.has(folder) && !isOver(state));
  }

  /** Asked again while it is at it, it loses patience. */
  async stop(folder: string, reason: string): Promise<void> {
    const hurry = this.hurrying.get(folder);
    const job = this.get(folder);
    if (hurry || !job) {
      hurry?.();
      return;
    }
    this.hurrying.set(folder, () => undefined);
    try {
      const stopped = await stopJob(this.targetOf(job), folder, {
        reason,
        onSignal: (signal) => this.log.info(`${job.record.name}: ${signal}`),
        hurry: () => new Promise((resolve) => this.hurrying.set(folder, resolve)),
      });
      if (!stopped.ok) {
        throw new Error(stopped.error);
      }
    } finally {
      this.hurrying.delete(folder);
      await this.look();
    }
  }

  /** Done once the job is seen in its new state: a signal takes its time, a queue of a cluster more. */
  async tell(folder: string, signal: Extract<ControlSignal, 'pause' | 'resume'>): Promise<void> {
    const job = this.get(folder);
    const told = job && (await this.targetOf(job).signal(job.record, folder, signal));
    if (told && !told.ok) {
      throw new Error(told.error);
    }
    const end = Date.now() + EFFECT_WAIT_MS;
    await this.look();
    while (this.get(folder)?.state === job?.state && Date.now() < end) {
      await delay(EFFECT_POLL_MS);
      await this.look();
    }
  }

  /** Rejects in words where the hook could not save one. */
  async saveCheckpoint(folder: string): Promise<{ readonly path: string; readonly step: number | null }> {
    const isGone = async (): Promise<boolean> => {
      await this.look();
      return isOver(this.get(folder)?.state ?? 'lost');
    };
    const saved = await requestCheckpoint(folder, Date.now(), CHECKPOINT_WAIT_MS, isGone);
    if (!saved.ok) {
      throw new Error(saved.error);
    }
    return saved.value;
  }

  dispose(): void {
    this.owned.dispose();
  }

  private watch(): void {
    clearTimeout(this.timer);
    if (this.all().some(({ state }) => !isOver(state))) {
      this.timer = setTimeout(() => void this.look(), POLL_MS);
    }
  }

  /** One look after the other: an older one that ends later would say again what no longer holds. */
  private look(): Promise<void> {
    this.looking = this.looking.then(() => this.lookOnce());
    return this.looking;
  }

  private async lookOnce(): Promise<void> {
    for (const job of this.all().filter(({ state }) => !isOver(state))) {
      try {
        const now = await refreshJob(this.targetOf(job), job.folder, Date.now);
        if (now) {
          const { state, detail } = now.seen;
          this.take({ folder: job.folder, record: now.record, state, ...(detail === undefined ? {} : { detail }) });
        } else {
          this.seen.delete(job.folder); // Its folder was deleted.
        }
      } catch (error) {
        this.log.error(`${job.folder}: ${String(error)}`);
      }
    }
    this.watch();
  }

  private take(job: SeenJob): void {
    const before = this.seen.get(job.folder);
    this.seen.set(job.folder, job);
    if (before?.state !== job.state || before.detail !== job.detail) {
      this.changes.fire(job);
    }
  }
}
