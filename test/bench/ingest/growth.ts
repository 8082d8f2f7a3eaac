import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { LogReader } from '../../../src/readers/reader.js';
import { tensorboard } from '../../../src/readers/tensorboard.js';
import { ScalarEvents, scalarTags } from './inputs.js';
import { median, seconds } from '../support/measure.js';
import { StoreSink } from './reading.js';

const TAGS = 200;
const APPENDED_ROWS = 2000;
const WARM_UP_POINTS = 1_000_000;
/** Collections of garbage that free less than this, so many in a row, have left what is in use. */
const NOTHING_BYTES = 64 * 1024;
const COLLECTIONS_THAT_FREE_NOTHING = 3;
const MOST_COLLECTIONS = 50;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A run that was read from an event stream and is still open. */
interface OpenRun {
  readonly events: ScalarEvents;
  readonly reader: LogReader;
  readonly sink: StoreSink;
  /** Spent in the reader and the store alone, the stream is made beside it. */
  readonly seconds: number;
}

/** What reading and keeping so many points costs. */
export interface Growth {
  readonly points: number;
  readonly seconds: number;
  readonly bytes: number;
}

/** Reads event streams of each number of points into a store, one after the other. */
export async function measureGrowth(sizes: readonly number[]): Promise<Growth[]> {
  read(WARM_UP_POINTS);
  const growth: Growth[] = [];
  for (const points of sizes) {
    growth.push(await growthTo(points));
  }
  return growth;
}

/** A function of its own: what an asynchronous one has held stays in memory until it returns. */
async function growthTo(points: number): Promise<Growth> {
  const before = await usedBytes();
  const run = read(points);
  const bytes = (await usedBytes()) - before;
  return { points: run.sink.store.points, seconds: run.seconds, bytes };
}

/** Median seconds that one more row of 200 tags takes in runs of these many points, measured in turns. */
export function measureAppending(sizes: readonly number[]): number[] {
  const runs = sizes.map(read);
  const times = runs.map((): number[] => []);
  for (let row = 0; row < APPENDED_ROWS; row++) {
    runs.forEach(({ events, reader }, index) => {
      const bytes = events.next(TAGS);
      times[index]?.push(seconds(() => reader.read(bytes)));
    });
  }
  return times.map(median);
}

function read(points: number): OpenRun {
  const events = new ScalarEvents(scalarTags(TAGS));
  const sink = new StoreSink();
  const reader = tensorboard.open('events.out.tfevents', sink);
  let spent = 0;
  while (events.made < points) {
    const chunk = events.next(points - events.made);
    spent += seconds(() => reader.read(chunk));
  }
  return { events, reader, sink, seconds: spent };
}

/**
 * What is in use when no garbage is left. One collection does not do: buffers of arrays are given back beside it, and
 * what this function's callers have just let go of may still stand on the stack.
 */
async function usedBytes(): Promise<number> {
  let used = Infinity;
  let quiet = 0;
  for (let collection = 0; collection < MOST_COLLECTIONS && quiet < COLLECTIONS_THAT_FREE_NOTHING; collection++) {
    await nextTurn();
    collectGarbage();
    await nextTurn();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    quiet = used - (heapUsed + arrayBuffers) < NOTHING_BYTES ? quiet + 1 : 0;
    used = Math.min(used, heapUsed + arrayBuffers);
  }
  return used;
}
