import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { LogReader } from '../../../src/readers/reader.js';
import { tensorboard } from '../../../src/readers/tensorboard.js';
import { ScalarEvents, scalarTags } from './inputs.js';
import { median, seconds } from '../support/measure.js';
import { StoreSink } from './reading.js';

const TAGS = 200;
const APPENDED_ROWS = 2000;

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
export function measureGrowth(sizes: readonly number[]): Growth[] {
  read(1_000_000);
  return sizes.map((points) => {
    const before = usedBytes();
    const run = read(points);
    const bytes = usedBytes() - before;
    return { points: run.sink.store.points, seconds: run.seconds, bytes };
  });
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

function usedBytes(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
