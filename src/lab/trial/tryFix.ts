import { messageOf } from '../../base/errorMessage.js';
import { withArms } from '../arms/arms.js';
import type { BackendId } from '../backend.js';
import type { TryFix } from '../experiments/experiment.js';
import { METRICS } from '../experiments/metrics.js';
import { proxyExperiments } from '../experiments/proxy.js';
import type { ArmVerdict, ExperimentResult } from '../experiments/result.js';
import { BASELINE, HEALTHY, healthySettings, runExperiment, showsAtOnce } from '../experiments/runExperiment.js';
import { RunStore } from '../experiments/runStore.js';
import type { ExperimentOptions } from '../experiments/session.js';
import { chooseBackend, probeBackend } from '../host/backends.js';
import type { LabSettings } from '../settings.js';
import { parameterCount } from '../shapes.js';
import type {
  FixVerdict,
  TrialEvent,
  TrialFix,
  TrialPlan,
  TrialRecord,
  TrialRequest,
  TrialState,
  UntriedFix,
} from './trial.js';
import { trialId, writeTrial } from './trialStore.js';

/** How a trial is to be run; see {@link ExperimentOptions}. */
export interface TrialOptions extends Omit<
  ExperimentOptions,
  'backend' | 'onReproduction' | 'onVerdict' | 'onRun' | 'progress'
> {
  readonly backend: BackendId | 'auto';
  /** Of Evenkeel, for the record. */
  readonly evenkeel: string;
  readonly onEvent?: (event: TrialEvent) => void;
}

/** The disk takes no more. What was trained and written before is kept, and the same request goes on from there. */
export class LabDiskError extends Error {
  override readonly name = 'LabDiskError';

  constructor(folder: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`${folder}: ${reason}; runs that came to their end are kept: make room, or choose another folder`, { cause });
  }
}

/**
 * Tries fixes against a finding: shapes a proxy after the run, reproduces the symptom, trains each fix with paired seeds
 * and judges it. Stops where the symptom does not show. The same request goes on from the runs that are there.
 *
 * Cancelled by `options.signal` it resolves with what there is. Rejects with {@link LabDiskError} only.
 */
export async function tryFix(request: TrialRequest, options: TrialOptions): Promise<TrialRecord> {
  const trial = new Trial(request, options);
  try {
    return await trial.run();
  } catch (error) {
    if (isOfDisk(error)) {
      throw new LabDiskError(options.folder, error);
    }
    return trial.fail(messageOf(error));
  }
}

function isOfDisk(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

class Trial {
  private readonly request: TrialRequest;
  private readonly options: TrialOptions;
  private readonly store: RunStore;
  private record: TrialRecord;
  /** Settings of the healthy run. */
  private healthy: LabSettings | undefined;
  /** Records are written one after the other. */
  private writing: Promise<void> = Promise.resolve();

  constructor(request: TrialRequest, options: TrialOptions) {
    this.request = request;
    this.options = options;
    this.store = new RunStore(options.folder);
    this.record = {
      evenkeelTrial: 1,
      id: trialId(request),
      state: 'running',
      finding: request.finding,
      facts: request.facts,
      plan: null,
      reproduction: null,
      verdicts: [],
      seeds: Array.from({ length: options.seeds }, (_, seed) => seed),
      backend: null,
      versions: '',
      evenkeel: options.evenkeel,
      begun: options.now(),
      seconds: 0,
      problems: [],
    };
  }

  async run(): Promise<TrialRecord> {
    const { finding, facts, fixes } = this.request;
    const untried = fixes.filter(({ arm }) => arm === null).map((fix) => untriedFor(fix, 'the lab has no arm for it'));
    const arms = [...new Set(fixes.flatMap(({ arm, whyNot }) => (arm === null || whyNot !== undefined ? [] : [arm])))];
    const experiments = proxyExperiments(facts, finding.symptom, arms);
    if (!experiments.ok) {
      return this.end('no-proxy', [experiments.error]);
    }
    const [first] = experiments.value;
    await this.planned(first!, untried);
    if (this.record.plan!.tried.length === 0) {
      return this.end('done', ['none of the fixes can be tried on the proxy']);
    }
    const backend = await this.engine();
    if (backend === undefined) {
      return this.record;
    }
    const experiment = await this.thatShows(experiments.value, backend);
    if (experiment !== first) {
      await this.planned(experiment, untried);
    }
    const result = await runExperiment(this.withTriedArms(experiment), this.experimentOptions(backend));
    await this.writing;
    return this.end(this.stateOf(result), result.problems, result);
  }

  /** Nothing more can be done: what there is stays. */
  async fail(reason: string): Promise<TrialRecord> {
    await this.writing;
    return this.end('failed', [reason]);
  }

  /** Says what will be done. Fixes that would change nothing are left out. */
  private planned(experiment: TryFix, untried: readonly UntriedFix[]): Promise<void> {
    const { settings, rules, metric } = experiment;
    this.healthy = healthySettings(experiment);
    const tried: TrialFix[] = [];
    const further: UntriedFix[] = [];
    for (const fix of this.request.fixes.filter(({ arm }) => arm !== null)) {
      const reason = fix.whyNot ?? whyNotTried(settings, fix.arm!);
      if (reason === undefined) {
        tried.push(fix);
      } else {
        further.push(untriedFor(fix, reason));
      }
    }
    const { title, unit, better } = METRICS[metric];
    const plan: TrialPlan = {
      proxy: { parameters: parameterCount(settings), settings, rules },
      measure: { title, unit, better },
      tried,
      untried: [...untried, ...further],
    };
    this.tell({ kind: 'plan', plan });
    return this.keep({ plan });
  }

  private async engine(): Promise<BackendId | undefined> {
    const { backend, signal } = this.options;
    const state = backend === 'auto' ? await chooseBackend(this.options) : await probeBackend(backend, this.options);
    if (signal?.aborted) {
      await this.end('stopped', ['it was cancelled before anything was trained']);
      return undefined;
    }
    if (!state.available) {
      await this.end('failed', [`no engine can be used here: ${state.reason ?? 'no reason given'}`]);
      return undefined;
    }
    this.tell({ kind: 'engine', backend: state.id });
    await this.keep({ backend: state.id });
    return state.id;
  }

  /** The experiment of the lowest learning rate at which the symptom shows with one seed; the first where it never does. */
  private async thatShows(experiments: readonly TryFix[], backend: BackendId): Promise<TryFix> {
    const [first] = experiments;
    if (experiments.length > 1) {
      for (const experiment of experiments) {
        const shows = await showsAtOnce(experiment, this.experimentOptions(backend));
        if (shows !== false) {
          return shows === true ? experiment : first!;
        }
      }
    }
    return first!;
  }

  private withTriedArms(experiment: TryFix): TryFix {
    return { ...experiment, arms: [...new Set(this.record.plan!.tried.map(({ arm }) => arm!))] };
  }

  private experimentOptions(backend: BackendId): ExperimentOptions {
    const { budget, now, onEvent: _onEvent, ...options } = this.options;
    return {
      ...options,
      now,
      backend,
      // What engine and rate took is of the same budget.
      budget: Math.max(0, budget - (now() - this.record.begun) / 1000),
      progress: (progress) => this.tell({ kind: 'progress', progress }),
      onRun: (event) => this.tell(event),
      onReproduction: (reproduction, reproduced) => {
        if (reproduction !== null) {
          const full = { ...reproduction, reproduced, ...this.firstRuns() };
          this.tell({ kind: 'reproduction', reproduction: full });
          this.keepLater({ reproduction: full });
        }
      },
      onVerdict: (verdict) => {
        const verdicts = this.verdictsOn(verdict);
        verdicts.forEach((one) => this.tell({ kind: 'verdict', verdict: one }));
        this.keepLater({ verdicts: this.inOrder([...this.record.verdicts, ...verdicts]) });
      },
    };
  }

  private firstRuns(): { readonly healthyRuns: readonly string[]; readonly illRuns: readonly string[] } {
    const { settings } = this.record.plan!.proxy;
    return { healthyRuns: this.runsOf(HEALTHY, this.healthy!), illRuns: this.runsOf(BASELINE, settings) };
  }

  private runsOf(label: string, settings: LabSettings): readonly string[] {
    const { seeds, backend } = this.record;
    return seeds.map((seed) => this.store.nameOf({ label, settings, seed, backend: backend! }));
  }

  /** One arm may stand for several fixes. */
  private verdictsOn(verdict: ArmVerdict): readonly FixVerdict[] {
    const { proxy, tried } = this.record.plan!;
    const changed = withArms(proxy.settings, [verdict.arm]);
    const runs = typeof changed === 'string' ? [] : this.runsOf(verdict.arm, changed);
    return tried
      .filter(({ arm }) => arm === verdict.arm)
      .map(({ id, title }) => ({ ...verdict, fix: id, title, runs }));
  }

  private inOrder(verdicts: readonly FixVerdict[]): readonly FixVerdict[] {
    return this.record.plan!.tried.flatMap(({ id }) => verdicts.findLast(({ fix }) => fix === id) ?? []);
  }

  private stateOf({ reproduced, reproduction, missing }: ExperimentResult): TrialState {
    if (missing > 0) {
      return 'stopped';
    }
    if (reproduction === null || reproduction.seeds === 0) {
      return 'failed';
    }
    return reproduced ? 'done' : 'not-reproduced';
  }

  private async end(state: TrialState, problems: readonly string[], result?: ExperimentResult): Promise<TrialRecord> {
    await this.keep({
      state,
      problems,
      seconds: (this.options.now() - this.record.begun) / 1000,
      ...(result && {
        versions: result.versions,
        verdicts: this.inOrder(result.verdicts.flatMap((verdict) => this.verdictsOn(verdict))),
      }),
    });
    return this.record;
  }

  private keep(change: Partial<TrialRecord>): Promise<void> {
    this.keepLater(change);
    return this.writing;
  }

  /** The error of a write is that of the next one that is waited for. */
  private keepLater(change: Partial<TrialRecord>): void {
    this.record = { ...this.record, ...change };
    const { record } = this;
    this.writing = this.writing.then(() => writeTrial(this.options.folder, record));
    this.writing.catch(() => undefined);
  }

  private tell(event: TrialEvent): void {
    this.options.onEvent?.(event);
  }
}

function untriedFor({ id, title }: TrialFix, reason: string): UntriedFix {
  return { fix: id, title, reason };
}

function whyNotTried(settings: LabSettings, arm: string): string | undefined {
  const changed = withArms(settings, [arm]);
  if (typeof changed === 'string') {
    return changed;
  }
  return JSON.stringify(changed) === JSON.stringify(settings)
    ? 'your run has it already, as far as is known, and so has the proxy'
    : undefined;
}
