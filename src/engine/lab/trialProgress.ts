import path from 'node:path';
import type {
  LabRung,
  LabTrial,
  TrialArm,
  TrialProxy,
  TrialRun,
  TrialStage,
  TrialSubject,
  TrialVerdict,
} from '../../contract/labProtocol.js';
import type { FixVerdict, Reproduction, TrialEvent, TrialPlan, TrialRecord } from '../../lab/lab.js';
import type { RunCurves } from './runCurves.js';

/** What a trial is about. */
export interface TrialTopic {
  readonly subject: TrialSubject;
  readonly finding: LabTrial['finding'];
  readonly runName: string;
}

/** Labels of the two arms that fixes are held against, as the lab gives them. */
const BASELINE = 'baseline';
const HEALTHY = 'healthy';

const STAGE_OF: Readonly<Record<TrialRecord['state'], TrialStage>> = {
  running: 'stopped', // Broken off without a word: whoever goes on with it is told of by events.
  done: 'done',
  'not-reproduced': 'not-reproduced',
  'no-proxy': 'no-proxy',
  stopped: 'stopped',
  failed: 'failed',
};

/** What is known of one trial, from what the lab tells while it goes on and from the record that it leaves. */
export class TrialProgress {
  readonly topic: TrialTopic;
  stage: TrialStage = 'queued';
  ladder: readonly LabRung[] = [];
  private readonly folder: string;
  private readonly curves: RunCurves;
  private seeds: readonly number[];
  private backend: string | null = null;
  private plan: TrialPlan | null = null;
  private reproduction: Reproduction | null = null;
  private verdicts = new Map<string, FixVerdict>();
  private runs = new Map<string, Map<number, TrialRun>>();
  private progress: LabTrial['progress'] = null;
  private seconds: number | null = null;
  private problems: readonly string[] = [];

  /** @param folder of all runs. */
  constructor(topic: TrialTopic, folder: string, seeds: number, curves: RunCurves) {
    this.topic = topic;
    this.folder = folder;
    this.seeds = Array.from({ length: seeds }, (_, seed) => seed);
    this.curves = curves;
  }

  take(event: TrialEvent): void {
    switch (event.kind) {
      case 'engine':
        this.backend = event.backend;
        this.stage = 'reproducing';
        break;
      case 'plan':
        this.plan = event.plan;
        this.runs.clear(); // Those of another learning rate, at which the symptom does not show.
        break;
      case 'run-started':
        this.note(event.label, { seed: event.seed, state: 'training', folder: event.folder });
        break;
      case 'run-ended':
        this.note(event.label, { seed: event.seed, state: stateOf(event.outcome), folder: event.folder });
        break;
      case 'progress': {
        const { done, planned, share, secondsLeft } = event.progress;
        this.progress = { done, planned, share, secondsLeft };
        break;
      }
      case 'reproduction':
        this.reproduction = event.reproduction;
        this.stage = event.reproduction.reproduced ? 'trying' : this.stage;
        break;
      case 'verdict':
        this.verdicts.set(event.verdict.fix, event.verdict);
        break;
    }
  }

  /** Takes over what the lab has written down. */
  takeRecord(record: TrialRecord): void {
    this.stage = STAGE_OF[record.state];
    this.seeds = record.seeds;
    this.backend = record.backend;
    this.plan = record.plan;
    this.reproduction = record.reproduction;
    this.verdicts = new Map(record.verdicts.map((verdict) => [verdict.fix, verdict]));
    this.seconds = record.seconds;
    this.problems = record.problems;
    if (this.runs.size === 0) {
      this.noteAll(BASELINE, record.reproduction?.illRuns);
      this.noteAll(HEALTHY, record.reproduction?.healthyRuns);
      record.verdicts.forEach(({ arm, runs, verdict }) => this.noteAll(arm, verdict === 'not-reproduced' ? [] : runs));
    }
  }

  /** It came to an end that the lab has not written down. */
  end(stage: 'stopped' | 'failed', problem: string): void {
    this.stage = stage;
    this.problems = [problem];
  }

  /** Everything as of now, with the curves as far as they have been written. */
  async snapshot(): Promise<LabTrial> {
    const { topic, stage, backend, ladder, plan, reproduction, progress, seconds, problems } = this;
    const { proxy, measure, untried } = plan ?? {};
    return {
      ...topic,
      stage,
      backend,
      ladder,
      proxy: proxy ? proxyOf(proxy) : null,
      measure: measure ?? null,
      // Without a pair of runs nothing is known of it yet.
      reproduction:
        reproduction && reproduction.seeds > 0
          ? { ...numbersOf(reproduction), reproduced: reproduction.reproduced }
          : null,
      arms: await Promise.all(this.arms().map((arm) => this.withCurves(arm))),
      untried: untried ?? [],
      seeds: this.seeds.length,
      progress,
      seconds,
      problems,
    };
  }

  private arms(): Omit<TrialArm, 'curves'>[] {
    if (!this.plan) {
      return [];
    }
    const common = [BASELINE, HEALTHY].map((label) => ({
      ...{ label, fix: null, title: '', verdict: null },
      runs: this.runsOf(label),
    }));
    const fixes = this.plan.tried.map(({ id, title, arm }) => {
      const verdict = this.verdicts.get(id);
      return {
        ...{ label: arm ?? id, fix: id, title },
        runs: this.runsOf(arm ?? id),
        // Without a pair of runs there is none yet.
        verdict: verdict && verdict.seeds > 0 ? { verdict: verdict.verdict, ...numbersOf(verdict) } : null,
      };
    });
    return [...common, ...fixes];
  }

  private async withCurves(arm: Omit<TrialArm, 'curves'>): Promise<TrialArm> {
    const folders = arm.runs.flatMap(({ folder }) => folder ?? []);
    return { ...arm, curves: await this.curves.ofArm(folders) };
  }

  private runsOf(label: string): TrialRun[] {
    const isOver = STAGE_OF.stopped === this.stage || this.stage === 'failed';
    return this.seeds.map((seed) => {
      const run = this.runs.get(label)?.get(seed) ?? { seed, state: 'waiting', folder: null };
      return isOver && run.state === 'training' ? { ...run, state: 'stopped' } : run;
    });
  }

  private note(label: string, run: TrialRun): void {
    const runs = this.runs.get(label) ?? new Map<number, TrialRun>();
    this.runs.set(label, runs);
    runs.set(run.seed, run);
  }

  private noteAll(label: string, folders: readonly string[] = []): void {
    folders.forEach((folder, index) => {
      const seed = this.seeds[index] ?? index;
      this.note(label, { seed, state: 'done', folder: path.join(this.folder, folder) });
    });
  }
}

function stateOf(outcome: Extract<TrialEvent, { kind: 'run-ended' }>['outcome']): TrialRun['state'] {
  return outcome === 'kept' ? 'done' : outcome;
}

function numbersOf({
  effect,
  interval,
  seeds,
  baseline,
  value,
  note,
}: Omit<TrialVerdict, 'verdict'>): Omit<TrialVerdict, 'verdict'> {
  return { effect, interval, seeds, baseline, value, note };
}

function proxyOf({ parameters, settings, rules }: TrialPlan['proxy']): TrialProxy {
  return { parameters, shape: shapeWords(settings), rules };
}

function shapeWords({ model, batch, steps, optimizer }: TrialPlan['proxy']['settings']): string {
  const shape =
    model.kind === 'transformer'
      ? `a transformer of ${model.depth} layers, width ${model.width}, ${model.heads} heads, context ${model.context}`
      : `${model.kind === 'mlp' ? 'an MLP' : 'a CNN'} of ${model.depth} layers, width ${model.width}`;
  return `${shape}; ${optimizer.kind}, batch ${batch}, ${steps} steps`;
}
