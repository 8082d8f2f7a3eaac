import type { BackendId } from './backend.js';
import type { LabSettings } from './settings.js';

/**
 * What parent and child say to each other: one JSON object a line, the request on the child's standard input, messages on
 * its standard output. The child ends when its input does.
 */

/** Which backend is to compute, and with what. */
export interface EngineRequest {
  readonly backend: BackendId;
  /** Of the WebAssembly backend. */
  readonly threads: number;
  /** Where the packages of a backend that does not ship are installed; null for those that ship. */
  readonly folder: string | null;
}

/** Trains one run. */
export interface TrainRequest {
  readonly kind: 'train';
  readonly engine: EngineRequest;
  readonly settings: LabSettings;
  readonly seed: number;
  /** Also tell of first and last weights and of every batch, so that others can train the same. */
  readonly dump: boolean;
}

/** Takes a known training step, so that a backend can be held against the reference, and times others. */
export interface ProbeRequest {
  readonly kind: 'probe';
  readonly engine: EngineRequest;
  /** Steps of the size that backends are compared at; 0: none. */
  readonly timedSteps: number;
}

export type LabRequest = TrainRequest | ProbeRequest;

/** A number as JSON has it: non-finite ones are words. */
export type JsonNumber = number | 'NaN' | 'Infinity' | '-Infinity';

/** What a run logged at one step, by tag. */
export interface MetricsMessage {
  readonly message: 'metrics';
  readonly step: number;
  readonly values: Readonly<Record<string, JsonNumber>>;
}

/** Tensors for another implementation, as plain numbers. */
export interface DumpMessage {
  readonly message: 'dump';
  readonly what: 'first-weights' | 'last-weights' | 'batch';
  readonly tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>>;
}

export type LabMessage =
  | {
      readonly message: 'ready';
      readonly backend: BackendId;
      readonly versions: string;
      /** Why it is slower than it could be; null where it is not. */
      readonly hindrance: string | null;
    }
  | { readonly message: 'started'; readonly parameters: number }
  | MetricsMessage
  | DumpMessage
  | {
      readonly message: 'trained';
      readonly steps: number;
      /** Tensors that the backend held in the middle of the run and at its end. */
      readonly tensors: readonly [number, number];
    }
  | {
      readonly message: 'probed';
      /** Loss and gradient norm of each known step. */
      readonly losses: readonly JsonNumber[];
      readonly norms: readonly JsonNumber[];
      /** Of a step of 2 layers, width 64, context 64, batch 8; null when none was asked for. */
      readonly msPerStep: number | null;
    }
  | { readonly message: 'failed'; readonly reason: string };

/** Reads one line of a child; undefined for lines that are none of ours. */
export function parseMessage(line: string): LabMessage | undefined {
  if (!line.startsWith('{"message":')) {
    return undefined;
  }
  try {
    return JSON.parse(line) as LabMessage;
  } catch {
    return undefined;
  }
}

/** The number that a JSON number stands for. */
export function numberOf(value: JsonNumber): number {
  return Number(value);
}
