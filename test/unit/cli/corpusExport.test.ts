import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { exportPoints } from '../../../src/cli/commands/export.js';
import { Output } from '../../../src/cli/console.js';

/** Logs of real runs, kept beside the repository and no part of it. */
const CORPUS = process.env['EVENKEEL_CORPUS'] ?? path.resolve('../shared/corpus');

async function filesUnder(folder: string, extension: string): Promise<string[]> {
  const names = await readdir(path.join(CORPUS, folder), { recursive: true });
  return names.filter((name) => name.endsWith(extension)).map((name) => path.join(CORPUS, folder, name));
}

/** Lines that `evenkeel export` prints for a file, without the header. */
async function exported(file: string): Promise<number> {
  let lines = -1;
  const stream = new Writable({
    write(piece: Buffer, _encoding, done) {
      lines += piece.toString().split('\n').length - 1;
      done();
    },
  });
  const { signal } = new AbortController();
  const output = new Output(stream, {}, signal);
  await exportPoints(
    [file],
    { format: 'csv', role: [] },
    {
      output,
      complain: () => undefined,
      signal,
      now: Date.now,
      errorOutput: process.stderr,
      takeInterruptions: () => ({ dispose: () => undefined }),
    },
  );
  return lines;
}

/** Numbers in a table, but for one column of steps and those of times. */
function countCsv(text: string): number {
  const [header = '', ...rows] = text
    .trim()
    .replace(/"(?:[^"]|"")*"/g, 'text')
    .split(/\r?\n/);
  const names = header.split(',');
  const step = ['iter', 'iteration', 'step', '_step'].map((name) => names.indexOf(name)).find((index) => index >= 0);
  return rows
    .flatMap((row) => row.split(',').filter((_, index) => index !== step && names[index] !== '_timestamp'))
    .map((cell) => cell.trim())
    .filter((cell) => cell.toLowerCase() === 'nan' || (cell !== '' && !Number.isNaN(Number(cell)))).length;
}

/** Numbers in OpenMMLab's rows, but for the iteration, and the epoch of evaluations: the step is made of these. */
function countMmcv(text: string): number {
  const rows = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line.replace(/\bNaN\b/g, '0').replace(/\bInfinity\b/g, '0')) as Record<string, unknown>);
  return rows
    .filter((row) => 'mode' in row)
    .flatMap((row) =>
      Object.entries(row).filter(([name]) => name !== 'iter' && !(name === 'epoch' && row['mode'] === 'val')),
    )
    .reduce((sum, [, value]) => sum + [value].flat().filter((part) => typeof part === 'number').length, 0);
}

describe.skipIf(!existsSync(CORPUS))('export of real logs gives as many points as a plain count', () => {
  it('of tables', { timeout: 600_000 }, async () => {
    const files = await filesUnder('series/csv', '.csv');
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      expect([file, await exported(file)]).toEqual([file, countCsv(await readFile(file, 'utf8'))]);
    }
  });

  it('of rows of JSON', { timeout: 600_000 }, async () => {
    const files = await filesUnder('series/logs_jsonl', '.log.json');
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      expect([file, await exported(file)]).toEqual([file, countMmcv(await readFile(file, 'utf8'))]);
    }
  });
});
