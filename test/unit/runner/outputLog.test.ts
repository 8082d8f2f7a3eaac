import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { OutputLog } from '../../../src/runner/outputLog.js';
import { scratchFolder } from '../engine/scratch.js';

async function kept(bounds: { beginning: number; tail: number }, chunks: readonly string[]) {
  const folder = await scratchFolder();
  const log = new OutputLog(folder, bounds);
  chunks.forEach((chunk) => log.write(Buffer.from(chunk)));
  log.close();
  const content = (name: string) => readFile(path.join(folder, name), 'utf8').catch(() => undefined);
  return { beginning: await content('output.log'), tail: await content('output.tail') };
}

const FULL = '[evenkeel] this file is full: the newest output is in output.tail\n';

describe('the log of what a job prints', () => {
  it('ends its beginning with a whole line', async () => {
    expect(await kept({ beginning: 10, tail: 100 }, ['one\ntwo\n', 'three\nfour\n', 'five\n'])).toEqual({
      beginning: `one\ntwo\nthree\n${FULL}`,
      tail: 'four\nfive\n',
    });
  });

  it('waits for the end of a line that crosses the bound in several chunks', async () => {
    expect(await kept({ beginning: 10, tail: 100 }, ['one\ntwo\n', 'thr', 'ee', '', '\nfour\n'])).toEqual({
      beginning: `one\ntwo\nthree\n${FULL}`,
      tail: 'four\n',
    });
  });

  it('cuts a line that does not end', async () => {
    const { beginning, tail } = await kept({ beginning: 10, tail: 100 }, ['x'.repeat(8), 'y'.repeat(8), 'z'.repeat(8)]);
    expect(beginning?.replace(FULL, '').length).toBeLessThanOrEqual(20);
    expect(`${beginning?.replace(FULL, '')}${tail}`).toBe('x'.repeat(8) + 'y'.repeat(8) + 'z'.repeat(8));
  });
});
