import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { IntervalHistogram } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import type { RunSummary } from '../../../src/contract/engineProtocol.js';
import { EngineClient } from '../../../src/engine/client.js';

import { ENGINE_VARIABLE } from './engineVariable.js';

/** Milliseconds between two samples of the event loop's delay. */
const RESOLUTION_MS = 1;

/** The engine as the extension has it, its worker built as it ships, with the newest summary of each run by name. */
export class EngineHost {
  readonly runs = new Map<string, RunSummary>();
  readonly client: EngineClient;
  readonly scratch = mkdtempSync(path.join(tmpdir(), 'evenkeel-host-'));
  private worker: Worker | undefined;

  constructor() {
    const bundle = process.env[ENGINE_VARIABLE] ?? '';
    this.client = new EngineClient(() => (this.worker = new Worker(bundle)));
    this.client.onEvent((event) => {
      if (event.type === 'runs-changed') {
        event.changed.forEach((run) => this.runs.set(run.name, run));
      } else if (event.type === 'log' && event.level === 'error') {
        console.error(event.message);
      }
    });
  }

  async watch(folder: string): Promise<void> {
    await this.client.request('configure', { folders: [folder], roles: {}, exclude: [], pollIntervalMs: 1000 });
  }

  async close(): Promise<void> {
    this.client.dispose();
    await this.worker?.terminate();
    rmSync(this.scratch, { recursive: true, force: true });
  }
}

/** Delay of this process' event loop while something is awaited. */
export async function delayWhile(work: () => Promise<void>): Promise<IntervalHistogram> {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  await work();
  histogram.disable();
  return histogram;
}

/** Milliseconds at a percentile of delays, without the pause between two samples. */
export function delayAt(histogram: IntervalHistogram, percentile: number): number {
  return Math.max(0, histogram.percentile(percentile) / 1e6 - RESOLUTION_MS);
}

/** The value below which a share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** Waits until a condition holds, looked at every few milliseconds; fails after the time. */
export async function until(what: string, holds: () => boolean, withinMs: number): Promise<void> {
  const began = performance.now();
  while (!holds()) {
    if (performance.now() - began > withinMs) {
      throw new Error(`waited ${withinMs} ms in vain for ${what}`);
    }
    await pause(5);
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
