import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discoverOnce, replayRun } from '../../../src/engine/replay.js';
import { withinTime } from '../../../src/engine/recognition/timeLimit.js';
import { Discovery } from '../../../src/engine/discovery/discovery.js';
import { filesNamedIn, previewOf, recogniserWith } from '../../../src/engine/recognition/userPatterns.js';

const OWN = Array.from({ length: 30 }, (_, index) => `<<${index}>> cost~${3 - index / 20}`).join('\n') + '\n';
const JSON_LINES = Array.from({ length: 30 }, (_, index) => JSON.stringify({ step: index, loss: 2 })).join('\n') + '\n';
const TEMPLATE = '<<{step}>> cost~{train/loss}';

describe("patterns of the user's own", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'evenkeel-patterns-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function read(patterns: Readonly<Record<string, string>>) {
    const options = {
      roles: {},
      now: Date.now,
      signal: new AbortController().signal,
      recognise: recogniserWith(patterns),
    };
    const { runs, unreadable } = await discoverOnce([folder], [], options);
    const replayed = await Promise.all(runs.map((run) => replayRun(run, options)));
    return { reports: replayed.map(({ report }) => report), unreadable };
  }

  it('read what nothing else can, and leave the rest alone', async () => {
    await writeFile(path.join(folder, 'own.log'), OWN);
    await writeFile(path.join(folder, 'a.jsonl'), JSON_LINES);
    await writeFile(path.join(folder, 'notes.txt'), 'nothing of the kind\n');
    expect((await read({})).reports.map(({ format }) => format)).toEqual(['jsonl']);
    const { reports, unreadable } = await read({ '*': TEMPLATE });
    expect(reports.map(({ format }) => format).sort()).toEqual(['jsonl', 'pattern']);
    const own = reports.find(({ format }) => format === 'pattern')!;
    expect(own.signals.map(({ tag, points }) => [tag, points])).toEqual([['train/loss', 30]]);
    expect(own.steps).toEqual({ first: 0, last: 29 });
    expect(unreadable.map(({ message }) => message).join()).toContain('no line matches the pattern');
  });

  it('read the files that their globs name, whatever these look like', async () => {
    await writeFile(path.join(folder, 'a.jsonl'), JSON_LINES);
    const { reports } = await read({ '*.jsonl': '"step":{step},"loss":{cost}' });
    expect(reports.map(({ format, signals }) => [format, signals[0]?.tag])).toEqual([['pattern', 'cost']]);
  });

  it('make logs of files with names that no log has', async () => {
    await writeFile(path.join(folder, 'own.metrics'), OWN);
    await writeFile(path.join(folder, 'other.metrics2'), OWN);
    const patterns = { '*.metrics': TEMPLATE };
    const { runs } = await new Discovery().discover([folder], {
      isExcluded: () => false,
      isNamedLog: filesNamedIn(patterns),
      recognise: recogniserWith(patterns),
      now: Date.now,
    });
    const files = runs.flatMap(({ description }) => description.lanes.flat().map((file) => path.basename(file.path)));
    expect(files).toEqual(['own.metrics']);
  });

  it('say what is wrong with them where they would be used', async () => {
    await writeFile(path.join(folder, 'own.log'), OWN);
    expect((await read({ 'own.log': '(?<step>' })).unreadable[0]!.message).toContain('Invalid regular expression');
    expect((await read({ '*': 'no number' })).unreadable[0]!.message).toContain('names no number');
  });

  it('are given up where they never come to an end', async () => {
    const endless = '^(?:a+)+ (?<loss>\\d+)$';
    await writeFile(path.join(folder, 'own.log'), `aaa 1\n${'a'.repeat(60)}\n`);
    const { reports, unreadable } = await read({ '*.log': endless });
    expect(unreadable).toEqual([]);
    expect(reports[0]!.problems.map(({ message }) => message).join()).toContain('too many ways');
    expect(previewOf(endless, ['a'.repeat(60)])).toEqual({ error: expect.stringContaining('too many ways') as string });
  }, 30_000);

  it('are tried on lines before they are used', () => {
    expect(previewOf(TEMPLATE, OWN.split('\n'))).toMatchObject({ matches: { length: 30 } });
    expect(previewOf('(?<loss>', [])).toEqual({ error: expect.stringContaining('Invalid') as string });
  });
});

describe('a limit of time', () => {
  it('lets through what ends, and what goes wrong in it', () => {
    expect(withinTime(1000, () => withinTime(1000, () => 3)?.value)).toEqual({ value: 3 });
    expect(() =>
      withinTime(1000, () => {
        throw new TypeError('no');
      }),
    ).toThrow('no');
  });

  it('stops what does not', () => {
    expect(withinTime(50, () => /^(?:a+)+$/.test(`${'a'.repeat(60)}b`))).toBeUndefined();
  });
});
