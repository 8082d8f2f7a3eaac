import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Heap } from '../../../src/base/heap.js';
import { BackgroundQueue } from '../../../src/engine/runs/backgroundQueue.js';

/** A task that ends when it is told to. */
function held(log: string[], name: string) {
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (finish = resolve));
  const task = (): Promise<void> => {
    log.push(name);
    return done;
  };
  return { task, finish };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the background queue', () => {
  it('does the most urgent first, the earlier of equals, and what replaced another in its place', async () => {
    const log: string[] = [];
    const queue = new BackgroundQueue(1);
    const first = held(log, 'first');
    queue.add('first', 0, first.task);
    for (const [key, urgency] of [
      ['a', 1],
      ['b', 5],
      ['c', 5],
      ['d', 3],
    ] as const) {
      queue.add(key, urgency, held(log, `${key}${urgency}`).task);
    }
    const quick = (name: string) => () => {
      log.push(name);
      return Promise.resolve();
    };
    queue.add('a', 9, quick('a9'));
    queue.add('b', 2, quick('b2'));
    queue.add('c', 5, quick('c5 again'));
    queue.add('d', 3, quick('d3 again'));
    queue.remove('d');
    expect(queue.size).toBe(3);
    first.finish();
    await turn();
    expect(log).toEqual(['first', 'a9', 'c5 again', 'b2']);
  });

  it('does not do two tasks of one key at a time, nor lose the second', async () => {
    const log: string[] = [];
    const queue = new BackgroundQueue(2);
    const one = held(log, 'one');
    queue.add('key', 1, one.task);
    queue.add('key', 1, held(log, 'two').task);
    queue.add('other', 0, held(log, 'other').task);
    expect(log).toEqual(['one', 'other']);
    one.finish();
    await turn();
    expect(log).toEqual(['one', 'other', 'two']);
  });

  it('goes on when nothing waits any more, and stops when it is cleared', async () => {
    const log: string[] = [];
    const queue = new BackgroundQueue(1);
    const one = held(log, 'one');
    queue.add('one', 1, one.task);
    queue.add('two', 1, held(log, 'two').task);
    queue.clear();
    one.finish();
    await turn();
    queue.add('three', 1, held(log, 'three').task);
    expect(log).toEqual(['one', 'three']);
  });

  it('looks at little more for each task where there are many', async () => {
    const looksFor = async (tasks: number): Promise<number> => {
      const queue = new BackgroundQueue(2);
      let looks = 0;
      const counted = (urgency: number) => ({ valueOf: () => (looks++, urgency) }) as unknown as number;
      await new Promise<void>((resolve) => {
        let left = tasks;
        for (let index = 0; index < tasks; index++) {
          queue.add(`run ${index}`, counted((index * 7919) % tasks), () => {
            if (--left === 0) {
              resolve();
            }
            return Promise.resolve();
          });
        }
      });
      return looks;
    };
    const [few, many] = [await looksFor(2000), await looksFor(20_000)];
    expect(few).toBeGreaterThan(2000);
    expect(many / few).toBeLessThan(20); // It would be 100 if the whole queue were looked through for each.
  });
});

it('a heap gives what it was given in order', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer(), { nil: 'pop' as const })), (operations) => {
      const heap = new Heap<number>((one, other) => one < other);
      let plain: number[] = [];
      for (const operation of operations) {
        if (operation === 'pop') {
          plain.sort((a, b) => a - b);
          expect(heap.pop()).toBe(plain[0]);
          plain = plain.slice(1);
        } else {
          heap.push(operation);
          plain.push(operation);
        }
      }
      expect(heap.size).toBe(plain.length);
    }),
    { seed: 7 },
  );
});
