import type { Symptom } from '../model/symptom.js';
import { parseChart } from './panelMessages.js';
import type { FromPanel } from './panelProtocol.js';

/** What is to be tried: the fixes of one finding of one run. */
export interface TrialSubject {
  /** Id of the run. */
  readonly run: string;
  /** Id of the finding. */
  readonly finding: string;
}

/**
 * How far a trial is. `queued`: another goes on. `preparing`: the engines are held against the reference.
 * `reproducing`: with and without the symptom. `trying`: the symptom shows, fixes are trained. All others are ends, of
 * which `stopped` and `failed` can be gone on from.
 */
export type TrialStage =
  'queued' | 'preparing' | 'reproducing' | 'trying' | 'done' | 'not-reproduced' | 'no-proxy' | 'stopped' | 'failed';

/** Whether nothing more comes of itself. */
export function isTrialOver(stage: TrialStage): boolean {
  return !['queued', 'preparing', 'reproducing', 'trying'].includes(stage);
}

/** One rung of the ladder of engines. */
export interface LabRung {
  readonly id: string;
  readonly available: boolean;
  /** Why it cannot be used, or is slower than it could be; null where neither is so. */
  readonly reason: string | null;
  /** Of a step of 2 layers, width 64, context 64, batch 8; null where it was not timed. */
  readonly msPerStep: number | null;
}

/** One run of a trial: of one arm with one seed. */
export interface TrialRun {
  readonly seed: number;
  readonly state: 'waiting' | 'training' | 'done' | 'stopped' | 'failed';
  /** Absolute; null before the run has one. It is read like that of any run. */
  readonly folder: string | null;
}

/** What one arm did against the ill runs with the same seeds. */
export interface TrialVerdict {
  readonly verdict: 'helps' | 'no-effect' | 'hurts' | 'unclear' | 'not-reproduced';
  /** Mean difference over the pairs; null where nothing was compared. */
  readonly effect: number | null;
  /** 95 %; null for fewer than two pairs. */
  readonly interval: readonly [number, number] | null;
  /** Pairs of runs. */
  readonly seeds: number;
  /** Means over the pairs: without the fix, and with it. */
  readonly baseline: number | null;
  readonly value: number | null;
  /** Why there is no more to say. */
  readonly note: string | null;
}

/** A curve over all seeds of an arm: at each step the mean and the range of those that have come so far. */
export interface TrialCurve {
  readonly steps: readonly number[];
  readonly mean: readonly number[];
  readonly least: readonly number[];
  readonly most: readonly number[];
  /** Numbers behind it, of all seeds. */
  readonly points: number;
}

/** Runs that differ in nothing but their seeds. */
export interface TrialArm {
  /** `healthy`, `baseline` (the run with the symptom), or the arm of a fix. */
  readonly label: string;
  /** Id of the fix; null for the two that fixes are held against. */
  readonly fix: string | null;
  /** Of the fix; empty for the other two. */
  readonly title: string;
  /** In the order of the seeds. */
  readonly runs: readonly TrialRun[];
  /** Null until both sides of a pair are there. */
  readonly verdict: TrialVerdict | null;
  /** By tag: `train/loss`, `eval/loss`. */
  readonly curves: Readonly<Record<string, TrialCurve>>;
}

/** The proxy, and how it was made from the user's run. */
export interface TrialProxy {
  /** Weights. */
  readonly parameters: number;
  /** "3 layers, width 48, 4 heads, context 32". */
  readonly shape: string;
  /** A sentence each. */
  readonly rules: readonly string[];
}

/** Everything that is known of a trial: a whole snapshot, as pages want it. */
export interface LabTrial {
  readonly subject: TrialSubject;
  readonly finding: { readonly title: string; readonly symptom: Symptom };
  /** Name of the run; empty where the run is gone. */
  readonly runName: string;
  readonly stage: TrialStage;
  /** The engine that computes; null before it was chosen. */
  readonly backend: string | null;
  /** All rungs, the fastest first; empty where they were not looked at. */
  readonly ladder: readonly LabRung[];
  readonly proxy: TrialProxy | null;
  /** The number that runs are compared by. */
  readonly measure: { readonly title: string; readonly unit: string; readonly better: 'lower' | 'higher' } | null;
  /** The run with the symptom against the healthy one. */
  readonly reproduction: (Omit<TrialVerdict, 'verdict'> & { readonly reproduced: boolean }) | null;
  readonly arms: readonly TrialArm[];
  /** Fixes that the lab cannot try, and why. */
  readonly untried: readonly { readonly fix: string; readonly title: string; readonly reason: string }[];
  /** Paired seeds. */
  readonly seeds: number;
  /** Runs that have ended and runs that are planned so far; null before there is a plan. */
  readonly progress: {
    readonly done: number;
    readonly planned: number;
    /** Of the steps of all planned runs, 0 to 1. */
    readonly share: number;
    /** Null before the speed is known. */
    readonly secondsLeft: number | null;
  } | null;
  /** Seconds that it took so far; null where it has not begun. */
  readonly seconds: number | null;
  readonly problems: readonly string[];
}

/** What the engine needs to know to try fixes. */
export interface LabConfiguration {
  /** Where runs and records of trials are kept. */
  readonly folder: string;
  /** Where packages of engines are installed that do not ship; null: nowhere. */
  readonly packages: string | null;
  /** Children at a time; 0: one a core. */
  readonly processes: number;
  /** Paired seeds. */
  readonly seeds: number;
  /** Seconds. */
  readonly budget: number;
  /** Of Evenkeel, for the records. */
  readonly version: string;
}

/** Host → page of a trial: whole snapshots. */
export type ToLabPage =
  | { readonly type: 'trial'; readonly trial: LabTrial; readonly trusted: boolean }
  /** Nothing can be shown, and why. */
  | { readonly type: 'failed'; readonly message: string };

/** Page → host. */
export type FromLabPage =
  | { readonly type: 'ready' }
  | { readonly type: 'cancel' }
  /** Begins, or goes on. */
  | { readonly type: 'resume' }
  /** Shows the run page of the finding. */
  | { readonly type: 'open-finding' }
  /** Shows the page of one run of the trial. */
  | { readonly type: 'open-run'; readonly folder: string }
  | { readonly type: 'apply-fix'; readonly fix: string }
  | Extract<FromPanel, { type: 'save-chart' }>;

/** What the page of a trial sent, checked; undefined for anything else. */
export function parseFromLabPage(message: unknown): FromLabPage | undefined {
  if (typeof message !== 'object' || message === null || !('type' in message)) {
    return undefined;
  }
  switch (message.type) {
    case 'ready':
    case 'cancel':
    case 'resume':
    case 'open-finding':
      return { type: message.type };
    case 'open-run':
      return 'folder' in message && typeof message.folder === 'string'
        ? { type: 'open-run', folder: message.folder }
        : undefined;
    case 'apply-fix':
      return 'fix' in message && typeof message.fix === 'string' ? { type: 'apply-fix', fix: message.fix } : undefined;
    case 'save-chart':
      return parseChart(message);
    default:
      return undefined;
  }
}

/** What a page of a trial keeps across a reload; undefined for anything else. */
export function parseTrialSubject(state: unknown): TrialSubject | undefined {
  if (typeof state !== 'object' || state === null || !('run' in state) || !('finding' in state)) {
    return undefined;
  }
  const { run, finding } = state;
  return typeof run === 'string' && typeof finding === 'string' ? { run, finding } : undefined;
}
