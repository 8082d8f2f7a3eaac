import { appendFile, mkdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { EngineEvent, RunSummary } from '../../../src/contract/engineProtocol.js';
import { Engine } from '../../../src/engine/engine.js';
import type { EngineOptions } from '../../../src/engine/engine.js';
import { GrammarFiles } from '../../../src/engine/sources/grammarFiles.js';
import { eventFile, jsonRows, scratchFolder, until, writeTree } from './scratch.js';

const never = new AbortController().signal;
const engines: Engine[] = [];

afterEach(() => {
  engines.splice(0).forEach((engine) => engine.dispose());
});

/** An engine on a folder, with the newest summary of each run as its events tell it. */
async function watching(folder: string, liveMs = 60_000, options: Partial<EngineOptions> = {}) {
  const engine = new Engine({ grammars: new GrammarFiles('dist'), liveMs, ...options });
  engines.push(engine);
  const runs = new Map<string, RunSummary>();
  const events: EngineEvent[] = [];
  engine.onEvent((event) => {
    events.push(event);
    if (event.type === 'runs-changed') {
      event.changed.forEach((run) => runs.set(run.name, run));
      const removed = new Set(event.removed);
      [...runs].forEach(([name, { id }]) => removed.has(id) && runs.delete(name));
    }
  });
  await engine.configure({ folders: [folder], roles: {}, exclude: [], pollIntervalMs: 100 });
  return { engine, runs, events };
}

describe('the engine', () => {
  it('finds, reads and judges runs, and answers for them', async () => {
    const root = await scratchFolder();
    await writeTree(root, {
      'good/metrics.jsonl': jsonRows(300),
      'bad/metrics.jsonl': jsonRows(300, 0, (step) => (step > 200 ? NaN : 2)),
    });
    const { engine, runs } = await watching(root);
    await until(
      'both runs to be judged',
      () => runs.get('bad')?.worst === 'error' && (runs.get('good')?.evaluated ?? 0) > 0,
    );
    expect(runs.get('good')).toMatchObject({
      points: 600,
      lastStep: 299,
      status: 'live',
      format: 'jsonl',
      lossRole: 'train/loss',
    });
    expect(runs.get('good')?.lossShape).toHaveLength(24);
    const report = await engine.report({ run: runs.get('bad')?.id ?? '' }, never);
    expect(report.findings[0]).toMatchObject({ symptom: 'non-finite', severity: 'error', fromStep: 201 });
    const envelope = await engine.envelope({ run: report.id, tag: 'loss', axis: 'step', buckets: 50 }, never);
    expect(envelope.nonFiniteTotal).toBe(99);
  });

  it('follows growth, truncation, deletion and a second beginning', async () => {
    const root = await scratchFolder();
    const file = path.join(root, 'run/metrics.jsonl');
    await writeTree(root, { 'run/metrics.jsonl': jsonRows(50) });
    const { runs } = await watching(root);
    await until('the run', () => runs.get('run')?.points === 100);
    await appendFile(file, jsonRows(10, 50));
    await until('what was appended', () => runs.get('run')?.points === 120);
    await truncate(file, Buffer.byteLength(jsonRows(20)));
    await until('the truncated log', () => runs.get('run')?.points === 40);
    await rm(file);
    await until('the run to go', () => !runs.has('run'));
    await writeFile(file, jsonRows(5));
    await until('the run to come back', () => runs.get('run')?.points === 10);
  });

  it('follows a log that is rotated, and a job that is resumed in a file of its own', async () => {
    const root = await scratchFolder();
    const file = path.join(root, 'run/metrics.jsonl');
    await writeTree(root, { 'run/metrics.jsonl': jsonRows(50) });
    const { engine, runs } = await watching(root);
    await until('the run', () => runs.get('run')?.points === 100);
    await rename(file, `${file}.1`);
    await writeFile(file, jsonRows(20, 50));
    await until('both files of the log', () => runs.get('run')?.points === 140);
    const events = (first: number): Uint8Array =>
      eventFile(
        Array.from({ length: 30 }, (_, row) => ({ tag: 'loss', step: first + row, value: 1, wallTime: 1.7e9 })),
      );
    await writeTree(root, { 'resumed/events.out.tfevents.1700000000.host': events(0) });
    await until('the first start', () => runs.get('resumed')?.points === 30);
    await writeTree(root, { 'resumed/events.out.tfevents.1700000900.host': events(20) });
    await until('the second start', () => runs.get('resumed')?.points === 60);
    const report = await engine.report({ run: runs.get('resumed')?.id ?? '' }, never);
    expect([report.segments, report.steps]).toEqual([2, { first: 0, last: 49 }]);
  });

  it('follows growth by looking, where the file system tells of nothing', async () => {
    const root = await scratchFolder();
    const asked: string[] = [];
    const { runs } = await watching(root, 60_000, {
      watch: (folder) => {
        asked.push(folder);
        return { close: () => undefined };
      },
    });
    await writeTree(root, { 'run/metrics.jsonl': jsonRows(50) });
    await until('the run', () => runs.get('run')?.points === 100);
    await until('a watcher', () => asked.length > 0);
    for (let row = 50; row < 55; row++) {
      await appendFile(path.join(root, 'run/metrics.jsonl'), jsonRows(1, row));
      await until(`row ${row}`, () => runs.get('run')?.lastStep === row);
    }
  });

  it('does without watchers where there are none to be had', async () => {
    const root = await scratchFolder();
    const { runs } = await watching(root, 60_000, {
      watch: () => {
        throw new Error('ENOSPC: System limit for number of file watchers reached');
      },
    });
    await writeTree(root, { 'run/metrics.jsonl': jsonRows(50) });
    await until('the run', () => runs.get('run')?.points === 100);
    await appendFile(path.join(root, 'run/metrics.jsonl'), jsonRows(1, 50));
    await until('the row', () => runs.get('run')?.lastStep === 50);
  });

  it('stops reading a run that is gone, and answers a request for it at once when that is cancelled', async () => {
    const root = await scratchFolder();
    await writeTree(root, { 'large/metrics.jsonl': jsonRows(400_000) });
    const { engine, runs } = await watching(root);
    await until('the beginning of the run', () => (runs.get('large')?.points ?? 0) > 0);
    const { id = '', points = 0 } = runs.get('large') ?? {};
    expect(points).toBeLessThan(800_000);
    const cancellation = new AbortController();
    const report = engine.report({ run: id }, cancellation.signal);
    cancellation.abort();
    await expect(report).rejects.toThrow();
    await engine.configure({ folders: [], roles: {}, exclude: [], pollIntervalMs: 100 });
    await until('the run to go', () => !runs.has('large'));
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(250);
  });

  it('reads a run again that goes on after it seemed to be over', async () => {
    const root = await scratchFolder();
    const file = path.join(root, 'run/metrics.jsonl');
    await writeTree(root, { 'run/metrics.jsonl': jsonRows(50) });
    const { runs } = await watching(root, 300);
    await until('the run to end', () => runs.get('run')?.status === 'finished');
    await appendFile(file, jsonRows(10, 50));
    await until('what was appended', () => runs.get('run')?.points === 120);
  });

  it('finds new folders', async () => {
    const root = await scratchFolder();
    const { runs } = await watching(root);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await mkdir(path.join(root, 'a/b'), { recursive: true });
    await writeFile(path.join(root, 'a/b/metrics.jsonl'), jsonRows(50));
    const took = await until('the new run', () => runs.get('b')?.points === 100);
    console.log(`new folder found after ${Math.round(took)} ms`);
  });

  it('opens paths outside its folders', async () => {
    const [inside, outside] = [await scratchFolder(), await scratchFolder()];
    await writeTree(outside, { 'x/metrics.jsonl': jsonRows(50), 'y/metrics.jsonl': jsonRows(50) });
    const { engine } = await watching(inside);
    const opened = await engine.open({ paths: [path.join(outside, 'x')] }, never);
    expect(opened.map(({ name }) => name)).toEqual(['x']);
    expect(await engine.runs()).toHaveLength(1);
  });

  it('answers with a reason when a run or series is not there, and when a request is cancelled', async () => {
    const root = await scratchFolder();
    await writeTree(root, { 'run/metrics.jsonl': jsonRows(50) });
    const { engine } = await watching(root);
    const [run] = await engine.rescan(null, never);
    await expect(engine.report({ run: 'gone' }, never)).rejects.toThrow('there is no run gone any more');
    await expect(
      engine.envelope({ run: run?.id ?? '', tag: 'x', rank: 3, axis: 'step', buckets: 9 }, never),
    ).rejects.toThrow('run has no series "x" of rank 3');
    await expect(engine.rescan(null, AbortSignal.abort())).rejects.toThrow();
  });

  it('tells of many changes at once, and of nothing twice', async () => {
    const root = await scratchFolder();
    await writeTree(
      root,
      Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`r${index}/metrics.jsonl`, jsonRows(50)])),
    );
    const { runs, events } = await watching(root);
    await until('all runs', () => runs.size === 30 && [...runs.values()].every(({ points }) => points === 100));
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const told = events.filter((event) => event.type === 'runs-changed');
    expect(told.length).toBeLessThan(30);
    const texts = told.flatMap(({ changed }) => changed.map((run) => JSON.stringify(run)));
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('judges rows of fifty growing runs soon after they were written', async () => {
    const root = await scratchFolder();
    const files = Array.from({ length: 50 }, (_, index) => path.join(root, `run-${index}`, 'metrics.jsonl'));
    await writeTree(root, Object.fromEntries(files.map((file) => [path.relative(root, file), jsonRows(100)])));
    const { runs, events } = await watching(root);
    await until('all runs', () => runs.size === 50 && [...runs.values()].every(({ points }) => points === 200));
    const written = new Map<string, number>();
    const latencies: number[] = [];
    const { engine } = { engine: engines[0] as Engine };
    engine.onEvent((event) => {
      if (event.type === 'runs-changed') {
        for (const { name, lastStep } of event.changed) {
          for (let step = lastStep ?? 0; written.has(`${name}:${step}`); step--) {
            latencies.push(performance.now() - (written.get(`${name}:${step}`) as number));
            written.delete(`${name}:${step}`);
          }
        }
      }
    });
    for (let tick = 0; tick < 30; tick++) {
      const began = performance.now();
      await Promise.all(
        files.map(async (file, index) => {
          written.set(`run-${index}:${100 + tick}`, performance.now());
          await appendFile(file, jsonRows(1, 100 + tick));
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, 100 - (performance.now() - began))));
    }
    await until('every row to be judged', () => written.size === 0);
    latencies.sort((a, b) => a - b);
    const share = (part: number): number => Math.round(latencies[Math.floor(latencies.length * part)] ?? NaN);
    console.log(
      `50 runs at 10 rows/s: written to judged p50 ${share(0.5)} ms, p95 ${share(0.95)} ms (${latencies.length} rows)`,
    );
    expect(latencies).toHaveLength(1500);
    expect(events.some((event) => event.type === 'log' && event.level === 'error')).toBe(false);
  });
});

describe('many runs that were copied here just now', () => {
  it('are judged, closed again, and still followed when one of them grows', async () => {
    const root = await scratchFolder();
    const names = Array.from({ length: 120 }, (_, index) => `r${index}`);
    await writeTree(root, Object.fromEntries(names.map((name) => [`${name}/metrics.jsonl`, jsonRows(30)])));
    const { runs, engine } = await watching(root, 5000);
    await until('all runs', () => names.every((name) => runs.get(name)?.points === 60));
    await appendFile(path.join(root, 'r7/metrics.jsonl'), jsonRows(5, 30));
    await until('the one that grew', () => runs.get('r7')?.points === 70);
    await until('all to end', () => [...runs.values()].every(({ status }) => status === 'finished'));
    const report = await engine.report({ run: runs.get('r99')?.id ?? '' }, never);
    expect([report.points, report.status]).toEqual([60, 'finished']);
  });
});
