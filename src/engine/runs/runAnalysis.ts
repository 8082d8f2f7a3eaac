import { boundedName } from '../../base/boundedName.js';
import type { Finding, NotEvaluated } from '../../model/finding.js';
import type { JsonValue } from '../../model/json.js';
import type { FileProblem, Problem } from '../../model/problem.js';
import type { RecordSink, SkippedKind, StepUnit, TagHandle, TagOptions } from '../../model/record.js';
import type { Role } from '../../model/role.js';
import type { RunConfiguration, RunEnding } from '../../model/run.js';
import type { Signal } from '../../model/signal.js';
import type { Monitor, ObservedRun } from '../../monitors/monitor.js';
import { RunMonitors } from '../../monitors/runMonitors.js';
import type { Coverage } from '../../monitors/runMonitors.js';
import { DerivedQuantities } from '../../signals/derivedQuantities.js';
import { RunSignals } from '../../signals/runSignals.js';
import { RunStore } from '../../store/runStore.js';

export interface RunAnalysisOptions {
  /** Tags or globs whose roles the user has set. */
  readonly roles: Readonly<Record<string, Role>>;
  /** Who watches; all monitors, unless told. */
  readonly monitors?: readonly Monitor[];
}

/** A file of the run, as the sink that reads it is named. */
export interface AnalysedFile {
  readonly path: string;
  /** Which process of a distributed run wrote it; a rank in the log itself wins. */
  readonly rank?: number | undefined;
}

/** A tag under which something was logged that holds no scalars. */
export interface SkippedTag {
  readonly kind: SkippedKind;
  readonly tag: string;
  readonly count: number;
}

/** How the log says that the run ended. */
export interface RunOutcome {
  readonly outcome: RunEnding;
  readonly message: string;
}

/**
 * One run from records to findings: what the sinks are told goes into the store, gets a role, and is shown to the
 * monitors, in the order of the calls. No input or output; the same calls give the same answers.
 */
export class RunAnalysis {
  readonly store = new RunStore();
  private readonly runSignals: RunSignals;
  private readonly monitors: RunMonitors;
  /** By store handle. */
  private readonly signalOfHandle: Signal[] = [];
  private readonly problemList: FileProblem[] = [];
  /** By kind and tag. */
  private readonly skippedTags = new Map<string, SkippedTag>();
  private configurationValues: Record<string, JsonValue> = {};
  private total: number | undefined;
  private end: RunOutcome | undefined;
  private settled: RunOutcome | undefined;

  constructor(options: RunAnalysisOptions) {
    this.runSignals = new RunSignals(options.roles);
    this.monitors = new RunMonitors(this.observedRun(), options.monitors);
  }

  /** A sink for one file of the run; several may be open at a time. */
  fileSink(file: AnalysedFile): RecordSink {
    return new FileSink(this.entrance(), file);
  }

  /** What the monitors have seen so far, what to look at first in front. */
  findings(): readonly Finding[] {
    return this.monitors.findings();
  }

  /** Which monitors could judge the run, and why the others could not. */
  coverage(): Coverage {
    return this.monitors.coverage();
  }

  notEvaluated(): readonly NotEvaluated[] {
    return this.coverage().notEvaluated;
  }

  /** In the order in which the tags appeared. */
  signals(): readonly Signal[] {
    return this.runSignals.all;
  }

  get configuration(): RunConfiguration {
    return this.configurationValues;
  }

  get problems(): readonly FileProblem[] {
    return this.problemList;
  }

  /** What was logged and holds no scalars, in the order in which it appeared. */
  get skipped(): readonly SkippedTag[] {
    return [...this.skippedTags.values()];
  }

  get totalSteps(): number | undefined {
    return this.total;
  }

  get outcome(): RunOutcome | undefined {
    return this.settled ?? this.end;
  }

  /** Whoever ran the job says how it ended: what its log says of that does not count any more. */
  settle(outcome: RunOutcome): void {
    this.settled = outcome;
  }

  private observedRun(): ObservedRun {
    const configuration = (): RunConfiguration => this.configurationValues;
    const signals = (): readonly Signal[] => this.runSignals.all;
    const totalSteps = (): number | undefined => this.total;
    return {
      derived: new DerivedQuantities(),
      get configuration() {
        return configuration();
      },
      get signals() {
        return signals();
      },
      get totalSteps() {
        return totalSteps();
      },
    };
  }

  private entrance(): Entrance {
    return {
      tag: (name, options) => this.tag(name, options),
      setStepUnit: (handle, unit) => {
        this.store.setStepUnit(handle, unit);
      },
      scalar: (handle, step, value, wallTime) => {
        this.scalar(handle, step, value, wallTime);
      },
      configuration: (values) => {
        this.configurationValues = { ...this.configurationValues, ...values };
      },
      totalSteps: (total) => {
        this.total = total;
      },
      skipped: (kind, tag) => {
        const key = `${kind}\n${tag}`;
        this.skippedTags.set(key, { kind, tag, count: (this.skippedTags.get(key)?.count ?? 0) + 1 });
      },
      ended: (outcome, message) => {
        this.end = { outcome, message };
      },
      problem: (problem) => {
        this.problemList.push(problem);
      },
    };
  }

  private tag(name: string, options: TagOptions): TagHandle {
    const handle = this.store.tag(name, options);
    if (this.signalOfHandle[handle] === undefined) {
      const series = this.store.series[handle];
      if (series !== undefined) {
        this.signalOfHandle[handle] = this.runSignals.add(series);
      }
    }
    return handle;
  }

  private scalar(handle: TagHandle, step: number, value: number, wallTime: number): void {
    const signal = this.signalOfHandle[handle];
    if (signal === undefined) {
      throw new RangeError(`no tag with the handle ${handle}`);
    }
    const { index, segment } = this.store.append(handle, step, value, wallTime);
    if (signal.role !== 'other') {
      this.monitors.consume({ signal, index, step, value, wallTime, segment });
    }
  }
}

/** What a {@link FileSink} may do to the analysis. */
interface Entrance {
  tag(name: string, options: TagOptions): TagHandle;
  setStepUnit(handle: TagHandle, unit: StepUnit): void;
  scalar(handle: TagHandle, step: number, value: number, wallTime: number): void;
  configuration(values: Readonly<Record<string, JsonValue>>): void;
  totalSteps(total: number): void;
  skipped(kind: SkippedKind, tag: string): void;
  ended(outcome: 'finished' | 'failed', message: string): void;
  problem(problem: FileProblem): void;
}

class FileSink implements RecordSink {
  private readonly entrance: Entrance;
  private readonly file: AnalysedFile;
  private unit: StepUnit | undefined;
  private readonly handlesOfUnit = new Set<TagHandle>();

  constructor(entrance: Entrance, file: AnalysedFile) {
    this.entrance = entrance;
    this.file = file;
  }

  tag(name: string, options: TagOptions = {}): TagHandle {
    const rank = options.rank ?? this.file.rank;
    const unit = options.stepUnit ?? this.unit;
    const handle = this.entrance.tag(boundedName(name), {
      ...(rank === undefined ? {} : { rank }),
      ...(unit === undefined ? {} : { stepUnit: unit }),
    });
    if (options.stepUnit === undefined) {
      this.handlesOfUnit.add(handle);
    }
    return handle;
  }

  scalar(handle: TagHandle, step: number, value: number, wallTime: number): void {
    this.entrance.scalar(handle, step, value, wallTime);
  }

  configuration(values: Readonly<Record<string, JsonValue>>): void {
    this.entrance.configuration(
      Object.fromEntries(Object.entries(values).map(([name, value]) => [boundedName(name), value])),
    );
  }

  stepUnit(unit: StepUnit): void {
    this.unit = unit;
    for (const handle of this.handlesOfUnit) {
      this.entrance.setStepUnit(handle, unit);
    }
  }

  totalSteps(total: number): void {
    this.entrance.totalSteps(total);
  }

  skipped(kind: SkippedKind, tag: string): void {
    this.entrance.skipped(kind, boundedName(tag));
  }

  ended(outcome: 'finished' | 'failed', message: string): void {
    this.entrance.ended(outcome, message);
  }

  problem(problem: Problem): void {
    this.entrance.problem({ ...problem, path: this.file.path });
  }
}
