import { appendFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Discovery } from '../../../src/engine/discovery/discovery.js';
import { reportOf } from '../../../src/engine/runs/report.js';
import { RunSession } from '../../../src/engine/runs/runSession.js';
import { eventFile, jsonRows, scratchFolder, writeTree } from './scratch.js';

const signal = new AbortController().signal;

async function sessionOn(root: string): Promise<RunSession> {
  const { runs } = await new Discovery().discover([root], { isExcluded: () => false, now: Date.now });
  expect(runs).toHaveLength(1);
  return new RunSession((runs[0] as (typeof runs)[number]).description, { roles: {} });
}

async function replayed(root: string): Promise<RunSession> {
  const session = await sessionOn(root);
  await session.read(signal);
  session.end();
  return session;
}

function seriesOf(session: RunSession): string[] {
  return session.analysis.store.series.map(
    ({ tag, rank, length, segments }) =>
      `${tag}${rank === undefined ? '' : `@${rank}`} ${length} in ${segments.length}`,
  );
}

const at = (tag: string, first: number, count: number) =>
  eventFile(
    Array.from({ length: count }, (_, index) => ({ tag, step: first + index, value: 1, wallTime: 1.7e9 + index })),
  );

describe('a session', () => {
  it('reads a resumed run as segments of one series', async () => {
    const root = await scratchFolder();
    await writeTree(root, {
      'events.out.tfevents.1700000000.host': at('loss', 0, 100),
      'events.out.tfevents.1700000500.host': at('loss', 80, 50),
    });
    expect(seriesOf(await replayed(root))).toEqual(['loss 150 in 2']);
  });

  it('keeps what ranks and splits log apart', async () => {
    const root = await scratchFolder();
    await writeTree(root, {
      'train/events.out.tfevents.1.host': at('epoch_loss', 0, 10),
      'validation/events.out.tfevents.1.host': at('epoch_loss', 0, 10),
    });
    expect(seriesOf(await replayed(root))).toEqual(['train/epoch_loss 10 in 1', 'validation/epoch_loss 10 in 1']);
  });

  it('is begun anew once a log that was empty when it was opened holds rows', async () => {
    const root = await scratchFolder();
    const log = path.join(root, 'metrics.jsonl');
    await writeFile(log, jsonRows(20));
    const session = await sessionOn(root);
    await writeFile(log, '');
    expect(await session.read(signal)).toBe('grown');
    expect(await session.read(signal)).toBe('unchanged');
    await appendFile(log, '{"st');
    expect(await session.read(signal)).toBe('unchanged');
    await appendFile(log, 'ep": 0, "loss": 2}\n' + jsonRows(5, 1));
    expect(await session.read(signal)).toBe('replaced');
  });

  it('tells the same of lanes however they grew', async () => {
    const root = await scratchFolder();
    const [first, second] = [path.join(root, 'rank_0.jsonl'), path.join(root, 'rank_1.jsonl')];
    const spiky = (step: number): number => (step === 150 ? 40 : 2 + Math.sin(step) / 50);
    await writeFile(first, jsonRows(20, 0, spiky));
    await writeFile(second, jsonRows(20, 0, spiky));
    const live = await sessionOn(root);
    await live.read(signal);
    await appendFile(first, jsonRows(180, 20, spiky));
    await live.read(signal);
    await appendFile(second, jsonRows(180, 20, spiky));
    await live.read(signal);
    expect(live.needsReplay).toBe(true);
    const once = reportOf(await replayed(root), 'finished');
    expect(reportOf(await replayed(root), 'finished')).toEqual(once);
    expect(once.points).toBe(live.analysis.store.points);
    expect(once.ranks).toBe(2);
  });

  it('needs no replay when lanes grew side by side', async () => {
    const root = await scratchFolder();
    await writeTree(root, { 'rank_0.jsonl': jsonRows(20), 'rank_1.jsonl': jsonRows(20) });
    const live = await sessionOn(root);
    await live.read(signal);
    expect(await live.read(signal)).toBe('unchanged');
    await appendFile(path.join(root, 'rank_0.jsonl'), jsonRows(1, 20));
    await appendFile(path.join(root, 'rank_1.jsonl'), jsonRows(1, 20));
    expect(await live.read(signal)).toBe('grown');
    expect(live.needsReplay).toBe(false);
  });

  it('reads what follows a first line of many megabytes, with little memory', async () => {
    const root = await scratchFolder();
    const file = path.join(root, 'curves.csv');
    const megabytes = 60;
    await writeFile(file, 'x'.repeat(megabytes * 1e6) + '\n');
    await appendFile(
      file,
      'step,loss\n' + Array.from({ length: 50 }, (_, step) => `${step},${2 - step / 100}\n`).join(''),
    );
    const session = await sessionOn(root);
    const before = process.memoryUsage().rss;
    await session.read(signal);
    expect(process.memoryUsage().rss - before).toBeLessThan(2 * megabytes * 1e6);
    expect(seriesOf(session)).toEqual(['loss 50 in 1']);
    expect(session.problems.map(({ message }) => message)).toEqual([
      'a first line of 60.0 MB that is no part of a log was left out',
    ]);
    await appendFile(file, '50,1.5\n');
    expect(await session.read(signal)).toBe('grown');
    expect(seriesOf(session)).toEqual(['loss 51 in 1']);
    await writeFile(file, 'step,loss\n0,2\n');
    expect(await session.read(signal)).toBe('replaced');
  });

  it('waits for the rest of a half line', async () => {
    const root = await scratchFolder();
    const file = path.join(root, 'metrics.jsonl');
    await writeFile(file, jsonRows(30) + '{"step": 30, "lo');
    const session = await sessionOn(root);
    await session.read(signal);
    const before = session.analysis.store.points;
    await appendFile(file, 'ss": 2.5, "lr": 0.1}\n');
    await session.read(signal);
    expect(session.analysis.store.points).toBe(before + 2);
    expect(session.problems).toEqual([]);
  });

  it('does not call a half record of a file that is being written a problem', async () => {
    const root = await scratchFolder();
    const whole = at('loss', 0, 10);
    await writeTree(root, { 'events.out.tfevents.1.host': whole.subarray(0, whole.length - 5) });
    const growing = await sessionOn(root);
    await growing.read(signal);
    growing.end(true);
    expect(growing.problems).toEqual([]);
    expect((await replayed(root)).problems).toHaveLength(1);
  });

  it('stops when it is cancelled and goes on where it stopped', async () => {
    const root = await scratchFolder();
    await writeTree(root, { 'metrics.jsonl': jsonRows(60_000) });
    const session = await sessionOn(root);
    const cancellation = new AbortController();
    await expect(session.read(cancellation.signal, () => cancellation.abort())).rejects.toThrow();
    await session.read(signal);
    expect(session.analysis.store.points).toBe(120_000);
  });

  it('knows what the run was started with before its first number', async () => {
    const root = await scratchFolder();
    await writeTree(root, {
      'metrics.jsonl': jsonRows(30),
      'hparams.yaml': 'optimizer: adamw\nmodel:\n  depth: 4\n',
      '.hydra/config.yaml': 'optimizer: sgd\nseed: 1\n',
      'training_args.json': 'no JSON',
    });
    const session = await replayed(root);
    expect(session.analysis.configuration).toEqual({ optimizer: 'adamw', 'model/depth': 4, seed: 1 });
    expect(session.problems.map(({ path: file, message }) => [path.basename(file), message.split(':')[0]])).toEqual([
      ['training_args.json', 'damaged JSON'],
    ]);
    expect(session.analysis.store.points).toBe(60);
  });

  it('takes over settings that come late, and is read anew when they change', async () => {
    const root = await scratchFolder();
    await writeTree(root, { 'metrics.jsonl': jsonRows(30) });
    const session = await sessionOn(root);
    await session.read(signal);
    expect(session.needsReplay).toBe(false);
    await writeTree(root, { 'hparams.yaml': 'lr: 0.1\n' });
    expect(session.extend((await sessionOn(root)).description)).toBe(true);
    expect(await session.read(signal)).toBe('unchanged');
    expect(session.analysis.configuration).toEqual({ lr: 0.1 });
    expect(session.needsReplay).toBe(true);
    await writeTree(root, { 'hparams.yaml': 'lr: 0.01, and more\n' });
    expect(session.extend((await sessionOn(root)).description)).toBe(false);
  });

  it('has the end that MLflow wrote down, and all metrics in the order of steps', async () => {
    const root = await scratchFolder();
    const folder = `mlruns/0/${'a'.repeat(32)}`;
    const metric = (every: number): string =>
      Array.from({ length: 100 }, (_, index) => `${1.7e12 + index} ${1 / (index + 1)} ${index * every}\n`).join('');
    await writeTree(root, {
      [`${folder}/metrics/loss`]: metric(1),
      [`${folder}/metrics/val/loss`]: metric(2),
      [`${folder}/meta.yaml`]: 'run_name: a\nstatus: 5\n',
    });
    const session = await replayed(root);
    expect(seriesOf(session)).toEqual(['loss 100 in 1', 'val/loss 100 in 1']);
    expect(session.analysis.outcome?.outcome).toBe('failed');
  });

  it('takes over a later file of its lane, and no other change', async () => {
    const root = await scratchFolder();
    await writeTree(root, { 'events.out.tfevents.1.host': at('loss', 0, 10) });
    const session = await sessionOn(root);
    await session.read(signal);
    await writeTree(root, { 'events.out.tfevents.2.host': at('loss', 10, 10) });
    const next = await sessionOn(root);
    expect(session.extend(next.description)).toBe(true);
    await session.read(signal);
    expect(seriesOf(session)).toEqual(['loss 20 in 1']);
    const lanes = [[{ path: path.join(root, 'other'), rank: undefined }]];
    expect(session.extend({ ...next.description, lanes })).toBe(false);
  });
});
