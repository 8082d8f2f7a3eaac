import { expect, test } from 'vitest';
import { comparableRuns } from '../../../src/extension/presentation/comparableRuns.js';

const run = (id: string, name: string, changed: number, points = 10) => ({
  id,
  name,
  changed,
  points,
  location: `runs/${id}`,
});

test('offers the others, the newest first, without empty ones; equal names carry their places', () => {
  const runs = [
    run('a', 'gpt', 1),
    run('b', 'gpt', 3),
    run('c', 'post-ln', 2),
    run('d', 'empty', 9, 0),
    run('e', 'me', 8),
  ];
  expect(comparableRuns(runs, 'e')).toEqual([
    { id: 'b', name: 'gpt (runs/b)' },
    { id: 'c', name: 'post-ln' },
    { id: 'a', name: 'gpt (runs/a)' },
  ]);
});
