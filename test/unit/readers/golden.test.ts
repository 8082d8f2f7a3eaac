import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { recogniseFormat } from '../../../src/readers/formats.js';
import { headOf, readAll } from './recordingSink.js';
import { formatNamed, SAMPLES } from './samples.js';

const GOLDEN = new URL('../../golden/readers/', import.meta.url);

describe('every sample', () => {
  it.each(SAMPLES.map((sample) => [sample.name, sample] as const))('%s is recognised', (_name, sample) => {
    const answer = recogniseFormat(headOf(sample.path, sample.bytes));
    expect('refused' in answer ? answer.refused : answer.format.id).toBe(sample.format);
  });

  it.each(SAMPLES.map((sample) => [sample.name, sample] as const))(
    '%s is read as its golden says',
    async (name, sample) => {
      const sink = readAll(formatNamed(sample.format), sample.bytes, undefined, false, sample.path);
      const golden = new URL(`expected/${name.replaceAll('/', '.')}.json`, GOLDEN).pathname;
      await expect(`${JSON.stringify(sink.summary(), null, 1)}\n`).toMatchFileSnapshot(golden);
    },
  );
});

describe('TensorBoard event files', () => {
  type Points = Readonly<Record<string, readonly (readonly [step: number, value: number | string, time: number])[]>>;
  const expected = JSON.parse(readFileSync(new URL('tensorboard/expected.json', GOLDEN), 'utf8')) as Record<
    string,
    Points
  >;

  it.each(Object.keys(expected))("%s holds the scalars that TensorBoard's own loader finds", (file) => {
    const bytes = new Uint8Array(readFileSync(new URL(`tensorboard/${file}`, GOLDEN)));
    const sink = readAll(formatNamed('tensorboard'), bytes);
    for (const [tag, points] of Object.entries(expected[file] ?? {})) {
      const found = (sink.points.get(tag) ?? []).map(({ step, value, wallTime }) => [
        step,
        String(Math.fround(value)),
        wallTime,
      ]);
      const wanted = points.map(([step, value, time]) => [step, String(Math.fround(toNumber(value))), time]);
      expect(found).toEqual(wanted);
    }
    expect(Object.keys(expected[file] ?? {}).length).toBeGreaterThan(0);
  });

  function toNumber(value: number | string): number {
    return typeof value === 'number' ? value : value === 'inf' ? Infinity : value === '-inf' ? -Infinity : NaN;
  }
});
