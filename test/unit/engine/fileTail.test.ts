import { execFileSync } from 'node:child_process';
import { appendFile, rename, stat, truncate, unlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { tailOf } from '../../../src/engine/tailing/fileTail.js';
import type { Tail } from '../../../src/engine/tailing/tail.js';
import { scratchFolder, until } from './scratch.js';

/** Reads until there is nothing more; the text, and how it ended. */
async function drain(tail: Tail): Promise<[string, string]> {
  let text = '';
  for (;;) {
    const read = await tail.next();
    if (read.kind !== 'bytes') {
      return [text, read.kind];
    }
    text += Buffer.from(read.bytes).toString();
  }
}

async function started(content: string | Uint8Array, name = 'log'): Promise<{ file: string; tail: Tail }> {
  const file = path.join(await scratchFolder(), name);
  await writeFile(file, content);
  return { file, tail: tailOf(file) };
}

/** Until the clock of the file system, which ticks as rarely as a hundred times a second, has left the file behind. */
async function nextTimeOfFiles(file: string): Promise<void> {
  const { mtimeMs } = await stat(file);
  await until('another time', async () => {
    await writeFile(`${file}.time`, '');
    return (await stat(`${file}.time`)).mtimeMs > mtimeMs;
  });
}

describe('the tail of a file', () => {
  it('gives what is there and what is appended, each once', async () => {
    const { file, tail } = await started('one\ntwo\n');
    expect(await drain(tail)).toEqual(['one\ntwo\n', 'end']);
    expect(await drain(tail)).toEqual(['', 'end']);
    await appendFile(file, 'thr');
    await appendFile(file, 'ee\n');
    expect(await drain(tail)).toEqual(['three\n', 'end']);
  });

  it('goes on in a file that was touched, copied over itself, or moved away and back', async () => {
    const { file, tail } = await started('one\ntwo\n');
    await drain(tail);
    await utimes(file, new Date(), new Date());
    expect(await drain(tail)).toEqual(['', 'end']);
    await writeFile(`${file}.new`, 'one\ntwo\nthree\n');
    await rename(`${file}.new`, file);
    expect(await drain(tail)).toEqual(['three\n', 'end']);
  });

  it.each([
    ['truncated', (file: string) => truncate(file, 3)],
    ['emptied', (file: string) => writeFile(file, '')],
    ['rewritten longer', (file: string) => writeFile(file, 'another header\nand much longer rows\n')],
    ['rewritten at the same length', (file: string) => writeFile(file, 'one\nTWO\n')],
  ])('says when the file was %s', async (_, change) => {
    const { file, tail } = await started('one\ntwo\n');
    await drain(tail);
    await nextTimeOfFiles(file);
    await change(file);
    expect(await drain(tail)).toEqual(['', 'replaced']);
  });

  it('says when the file is gone, and when another has taken its place', async () => {
    const { file, tail } = await started('one\n');
    await drain(tail);
    await unlink(file);
    expect(await drain(tail)).toEqual(['', 'missing']);
    await writeFile(file, 'uno\ndos\n');
    expect(await drain(tail)).toEqual(['', 'replaced']);
  });

  it.skipIf(process.platform === 'win32')('waits for no pipe that has come in the place of a log', async () => {
    const { file, tail } = await started('one\n');
    await drain(tail);
    await appendFile(file, 'two\n');
    expect(await drain(tail)).toEqual(['two\n', 'end']);
    await unlink(file);
    execFileSync('mkfifo', [file]);
    expect((await drain(tail))[1]).not.toBe('bytes');
  });

  it('reads files larger than a piece', async () => {
    const content = 'x'.repeat(3_000_001);
    const { tail } = await started(content);
    const [text, end] = await drain(tail);
    expect([text.length, end]).toEqual([content.length, 'end']);
  });
});

describe('the tail of a compressed file', () => {
  it('gives its content', async () => {
    const { file, tail } = await started(gzipSync('one\n'.repeat(100_000)), 'log.gz');
    const [text, end] = await drain(tail);
    expect([text.length, end]).toEqual([400_000, 'end']);
    expect(await drain(tail)).toEqual(['', 'end']);
    await writeFile(file, gzipSync('two\n'));
    expect(await drain(tail)).toEqual(['', 'replaced']);
  });

  it('gives what precedes the place where the data end early', async () => {
    const whole = gzipSync(Buffer.from(Array.from({ length: 50_000 }, (_, index) => `${index * 7919}\n`).join('')));
    const { tail } = await started(whole.subarray(0, whole.length / 2), 'log.gz');
    const [text, end] = await drain(tail);
    expect(text.startsWith('0\n7919\n')).toBe(true);
    expect(end).toBe('failed');
  });

  it('gives all of it where only the check sum is wrong', async () => {
    const bytes = gzipSync('one\n'.repeat(5000));
    bytes[bytes.length - 8]! ^= 1;
    const { tail } = await started(bytes, 'log.gz');
    const [text, end] = await drain(tail);
    expect([text.length, end]).toEqual([20_000, 'failed']);
  });

  it.each([0.2, 0.5, 0.9])('gives what precedes damage at %d of its length', async (share) => {
    const content = Array.from({ length: 50_000 }, (_, index) => `${(index * 7919) % 10_007}\n`).join('');
    const bytes = gzipSync(content);
    const place = Math.floor(bytes.length * share);
    bytes.fill(0xff, place, place + 64);
    const { tail } = await started(bytes, 'log.gz');
    const [text, end] = await drain(tail);
    const same = Array.from(text).findIndex((character, index) => character !== content[index]);
    expect(end).toBe('failed');
    expect((same < 0 ? text.length : same) / content.length).toBeGreaterThan(share - 0.08);
  });
});
