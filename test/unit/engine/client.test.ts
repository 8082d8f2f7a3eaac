import { EventEmitter } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { EngineCall, EngineEvent, EngineMessage, RunSummary } from '../../../src/contract/engineProtocol.js';
import { bundles } from '../../../scripts/build.mjs';
import { EngineClient } from '../../../src/engine/client.js';
import type { EngineWorker } from '../../../src/engine/client.js';
import { jsonRows, scratchFolder, until, writeTree } from './scratch.js';

/** A worker that only notes what it is told. */
class SilentWorker extends EventEmitter implements EngineWorker {
  readonly calls: EngineCall[] = [];

  postMessage(call: EngineCall): void {
    this.calls.push(call);
  }

  answer(message: EngineMessage): void {
    this.emit('message', message);
  }

  isTerminated = false;

  terminate(): Promise<number> {
    this.isTerminated = true;
    return Promise.resolve(0);
  }
}

function silentClient() {
  const workers: SilentWorker[] = [];
  const events: EngineEvent[] = [];
  const client = new EngineClient(() => {
    const worker = new SilentWorker();
    workers.push(worker);
    return worker;
  });
  client.onEvent((event) => events.push(event));
  return { client, workers, events };
}

const CONFIGURATION = { folders: ['/x'], roles: {}, exclude: [], pollIntervalMs: 500 };

describe('the client', () => {
  it('hands answers and failures to who asked', async () => {
    const { client, workers } = silentClient();
    const [one, two] = [client.request('runs', null), client.request('report', { run: 'a' })];
    workers[0]?.answer({ type: 'failure', id: 2, message: 'no such run', cancelled: false });
    workers[0]?.answer({ type: 'result', id: 1, result: [] });
    await expect(one).resolves.toEqual([]);
    await expect(two).rejects.toMatchObject({ kind: 'failed', message: 'no such run' });
  });

  it('gives up a request that is cancelled or takes too long, and tells the worker', async () => {
    const { client, workers } = silentClient();
    const cancellation = new AbortController();
    const cancelled = client.request('runs', null, { signal: cancellation.signal });
    cancellation.abort();
    await expect(cancelled).rejects.toMatchObject({ kind: 'cancelled' });
    await expect(client.request('runs', null, { timeoutMs: 20 })).rejects.toMatchObject({ kind: 'timeout' });
    expect(workers[0]?.calls.filter(({ type }) => type === 'cancel').map(({ id }) => id)).toEqual([1, 2]);
    await expect(client.request('runs', null, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      kind: 'cancelled',
    });
  });

  it('fails what was asked of a worker that dies, and tells the next one what that had been told', async () => {
    const { client, workers, events } = silentClient();
    void client.request('configure', CONFIGURATION);
    workers[0]?.answer({ type: 'result', id: 1, result: null });
    client.request('open', { paths: ['/y'] }).catch(() => undefined);
    const pending = client.request('runs', null);
    workers[0]?.emit('exit', 1);
    await expect(pending).rejects.toMatchObject({ kind: 'closed' });
    expect(workers).toHaveLength(2);
    expect(workers[1]?.calls.map((call) => call.type === 'request' && call.method)).toEqual(['configure', 'open']);
    expect(events.filter(({ type }) => type === 'log')).toHaveLength(1);
  });

  it('stops a worker that is stuck, and not one that is only slow', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { client, workers } = silentClient();
    const slow = expect(client.request('runs', null, { timeoutMs: 40 })).rejects.toMatchObject({
      kind: 'timeout',
      message: expect.stringMatching(/within 0\.04 s/) as string,
    });
    await vi.advanceTimersByTimeAsync(20);
    workers[0]?.answer({ type: 'event', event: { type: 'log', level: 'debug', message: 'still here' } });
    await vi.advanceTimersByTimeAsync(20);
    await slow;
    expect(workers[0]?.isTerminated).toBe(false);
    const other = client.request('runs', null);
    const stuck = expect(client.request('runs', null, { timeoutMs: 20 })).rejects.toMatchObject({ kind: 'timeout' });
    await vi.advanceTimersByTimeAsync(20);
    await stuck;
    expect(workers[0]?.isTerminated).toBe(true);
    workers[0]?.emit('exit', 1);
    await expect(other).rejects.toMatchObject({ kind: 'closed' });
    expect(workers).toHaveLength(2);
  });

  it('says which runs went while no worker looked', async () => {
    const { client, workers, events } = silentClient();
    const [one, two] = ['one', 'two'].map((id) => ({ id }) as RunSummary);
    void client.request('configure', CONFIGURATION).catch(() => undefined);
    workers[0]?.answer({ type: 'event', event: { type: 'runs-changed', changed: [one!, two!], removed: [] } });
    workers[0]?.emit('exit', 1);
    const rescan = workers[1]?.calls.find((call) => call.type === 'request' && call.method === 'rescan');
    workers[1]?.answer({ type: 'result', id: rescan?.id ?? -1, result: [two!] });
    await expect.poll(() => events.at(-1)).toEqual({ type: 'runs-changed', changed: [two], removed: ['one'] });
  });

  it('does not start a worker for ever that dies at once', async () => {
    const { client, workers } = silentClient();
    client.request('configure', CONFIGURATION).catch(() => undefined);
    for (let death = 0; death < 10; death++) {
      workers.at(-1)?.emit('exit', 1);
    }
    expect(workers.length).toBeLessThan(6);
    const asked = workers.length;
    client.request('runs', null).catch(() => undefined);
    expect(workers).toHaveLength(asked + 1);
    expect(workers.at(-1)?.calls.map((call) => call.type === 'request' && call.method)).toEqual(['configure', 'runs']);
    client.dispose();
    await expect(client.request('runs', null)).rejects.toMatchObject({ kind: 'closed' });
  });
});

describe('the worker', () => {
  let bundle: string;

  beforeAll(async () => {
    bundle = path.resolve('node_modules/.cache/evenkeel/engine-under-test.js');
    await build({ ...bundles.engine, outfile: bundle });
  });

  it('answers over the line, survives its own death, and names what it does not know', async () => {
    const root = await scratchFolder();
    await writeTree(root, { 'run/metrics.jsonl': jsonRows(100) });
    const workers: Worker[] = [];
    const client = new EngineClient(() => {
      const worker = new Worker(bundle);
      workers.push(worker);
      return worker;
    });
    try {
      await client.request('configure', { ...CONFIGURATION, folders: [root] });
      const [run] = await client.request('rescan', null);
      const report = await client.request('report', { run: run?.id ?? '' });
      expect(report).toMatchObject({ name: 'run', points: 200 });
      const envelope = await client.request('envelope', { run: report.id, tag: 'loss', axis: 'step', buckets: 10 });
      expect(envelope.minimum).toBeInstanceOf(Float64Array);
      const loops = await client.request('loops', { path: 'a.py', language: 'python', text: 'x = 1\n' });
      expect(loops).toEqual([]);
      await expect(client.request('constructor' as 'runs', null)).rejects.toThrow('no method "constructor"');
      await workers[0]?.terminate();
      await until('another worker to know the run', async () => {
        const runs = await client.request('runs', null).catch(() => []);
        return runs.some(({ points }) => points === 200);
      });
      expect(workers).toHaveLength(2);
    } finally {
      client.dispose();
      await Promise.all(workers.map((worker) => worker.terminate()));
    }
  });
});
