import type { BackendId } from '../backend.js';
import type { LabSettings } from '../settings.js';
import { parameterCount } from '../shapes.js';
import type { Experiment } from './experiment.js';
import { RunQueue } from './queue.js';
import type { QueueOptions, RunOutcome } from './queue.js';
import type { ArmVerdict, ExperimentResult } from './result.js';
import { RunStore } from './runStore.js';
import type { RunSpecification } from './runStore.js';
import type { Outcomes } from './verdicts.js';

/** How an experiment is to be run. */
export interface ExperimentOptions extends Omit<QueueOptions, 'deadline'> {
  /** Where runs are kept. */
  readonly folder: string;
  /** Paired seeds: 0, 1, … */
  readonly seeds: number;
  /** Seconds after which no more is done. */
  readonly budget: number;
  /** Told once it is known whether the symptom shows. */
  readonly onReproduction?: (reproduction: ExperimentResult['reproduction'], reproduced: boolean) => void;
  /** Told of each arm as soon as all of its runs have ended. */
  readonly onVerdict?: (verdict: ArmVerdict) => void;
}

/** The runs of one experiment: they share a queue, a clock and a list of what went wrong. */
export class Session {
  readonly settings: LabSettings;
  readonly options: ExperimentOptions;
  readonly problems: string[] = [];
  readonly seeds: readonly number[];
  private readonly backend: BackendId;
  private versions = '';
  private readonly store: RunStore;
  private readonly queue: RunQueue;
  private readonly begun: number;
  private missing = 0;

  constructor(settings: LabSettings, options: ExperimentOptions) {
    this.settings = settings;
    this.options = options;
    this.begun = options.now();
    this.seeds = Array.from({ length: options.seeds }, (_, seed) => seed);
    this.backend = options.backend;
    this.store = new RunStore(options.folder);
    this.queue = new RunQueue(this.store, { ...options, deadline: this.begun + options.budget * 1000 });
  }

  /** Trains the settings of each label with each seed, one seed of all before the next; outcomes by label. */
  train(labels: ReadonlyMap<string, LabSettings>): Promise<Map<string, Outcomes>> {
    return this.trainAll(
      labels,
      this.seeds.flatMap((seed) => this.specified(labels, seed)),
    );
  }

  /**
   * Trains all seeds of one label before the next: where time runs short, the first have whole answers.
   * @param ended is told of each label once all of its runs have ended.
   */
  trainInTurn(
    labels: ReadonlyMap<string, LabSettings>,
    ended: (label: string, outcomes: Outcomes) => void,
  ): Promise<Map<string, Outcomes>> {
    const runs = [...labels].flatMap(([label, settings]) =>
      this.seeds.flatMap((seed) => this.specified(new Map([[label, settings]]), seed)),
    );
    const outcomesOf = new Map<string, RunOutcome[]>();
    return this.trainAll(labels, runs, ({ label, seed }, outcome) => {
      const outcomes = outcomesOf.get(label) ?? [];
      outcomesOf.set(label, outcomes);
      outcomes[this.seeds.indexOf(seed)] = outcome;
      if (Object.keys(outcomes).length === this.seeds.length) {
        ended(label, outcomes);
      }
    });
  }

  /** What it came to, with what is known of every experiment. */
  result(of: Experiment, more: Partial<ExperimentResult>): ExperimentResult {
    const { now, budget, signal } = this.options;
    const seconds = (now() - this.begun) / 1000;
    const stopped = signal?.aborted ? 'was interrupted' : `had a budget of ${budget} s`;
    const problems =
      this.missing > 0
        ? [
            ...this.problems,
            `the experiment ${stopped}: ${this.missing} runs are missing; the same command goes on from here`,
          ]
        : this.problems;
    return {
      version: 1,
      experiment: of.id,
      title: of.title,
      kind: of.kind,
      reproduced: false,
      reproduction: null,
      expected: null,
      proxy: { parameters: parameterCount(this.settings), settings: this.settings, rules: of.rules },
      backend: this.backend,
      versions: this.versions,
      seeds: this.seeds,
      verdicts: [],
      sensitivities: [],
      missing: this.missing,
      complete: problems.length === 0,
      seconds,
      runs: this.store.folder,
      problems,
      ...more,
    };
  }

  private specified(labels: ReadonlyMap<string, LabSettings>, seed: number): RunSpecification[] {
    return [...labels].map(([label, settings]) => ({ label, settings, seed, backend: this.backend }));
  }

  private async trainAll(
    labels: ReadonlyMap<string, LabSettings>,
    runs: readonly RunSpecification[],
    ended?: (run: RunSpecification, outcome: RunOutcome) => void,
  ): Promise<Map<string, Outcomes>> {
    const outcomes = await this.queue.run(runs, ended);
    for (const [index, outcome] of outcomes.entries()) {
      this.note(runs[index]!, outcome);
    }
    return new Map(
      [...labels.keys()].map((label) => [label, outcomes.filter((_, index) => runs[index]!.label === label)]),
    );
  }

  private note({ label, seed }: RunSpecification, outcome: RunOutcome): void {
    switch (outcome.kind) {
      case 'done':
        this.versions = outcome.versions;
        break;
      case 'stopped':
        this.missing += 1;
        break;
      case 'failed':
        this.problems.push(`${label}, seed ${seed}: ${outcome.reason}`);
    }
  }
}
