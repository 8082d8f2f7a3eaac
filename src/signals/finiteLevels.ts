import type { Signal } from '../model/signal.js';
import { LevelHistory } from './levelHistory.js';

/** The course of one signal in levels, of its finite values alone. Bounded memory. */
export class FiniteLevels {
  readonly signal: Signal;
  readonly history: LevelHistory;
  /** Finite values so far. */
  points = 0;

  /** @param limit most levels kept; even. */
  constructor(signal: Signal, limit = 128) {
    this.signal = signal;
    this.history = new LevelHistory(limit);
  }

  push({ step, value }: { readonly step: number; readonly value: number }): void {
    if (Number.isFinite(value)) {
      this.points++;
      this.history.push(step, value);
    }
  }
}
