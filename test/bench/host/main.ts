/** What `npm run bench -- host` runs: the real client and worker; this process plays the extension host. */
import { closeSync, mkdirSync, openSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { scalarTags, ScalarEvents } from '../ingest/inputs.js';
import { BOUND_MISSED } from '../support/boundMissed.js';
import { delayAt, delayWhile, EngineHost, pause, until } from '../support/engineHost.js';

const LIMIT_MS = 50;
const IDLE_MS = 5000;
/** How often a page that shows the run asks for what it draws. */
const PAGE_INTERVAL_MS = 500;
/** Curves that a page shows at a time. */
const SHOWN_TAGS = 4;
const PATIENCE_MS = 600_000;

const { values: options } = parseArgs({
  options: { 'million-points': { type: 'string', default: '10' }, tags: { type: 'string', default: '200' } },
});
const points = Number(options['million-points']) * 1e6;
const tags = scalarTags(Number(options.tags));

function writeRun(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'events.out.tfevents.1700000000.host');
  const descriptor = openSync(file, 'w');
  for (const events = new ScalarEvents(tags); events.made < points;) {
    writeSync(descriptor, events.next(points - events.made));
  }
  closeSync(descriptor);
  return file;
}

async function main(): Promise<void> {
  const host = new EngineHost();
  try {
    const root = path.join(host.scratch, 'runs');
    const file = writeRun(path.join(root, 'large'));
    const megabytes = (statSync(file).size / 1e6).toFixed(0);
    console.log(`${points / 1e6} million points over ${tags.length} tags, ${megabytes} MB`);
    const idle = await delayWhile(() => pause(IDLE_MS));
    const began = performance.now();
    let firstMs = NaN;
    let letGoMs = NaN;
    let answers = 0;
    const loading = await delayWhile(async () => {
      await host.watch(root);
      await until('the run', () => host.runs.has('large'), PATIENCE_MS);
      const { id = '' } = host.runs.get('large') ?? {};
      while ((host.runs.get('large')?.points ?? 0) < points) {
        const { signals } = await host.client.request('report', { run: id });
        const shown = signals
          .slice(0, SHOWN_TAGS)
          .map(({ tag }) => host.client.request('envelope', { run: id, tag, axis: 'step', buckets: 1000 }));
        answers += 1 + (await Promise.all(shown)).length;
        firstMs = Number.isNaN(firstMs) && signals.length > 0 ? performance.now() - began : firstMs;
        letGoMs = Number.isNaN(letGoMs) ? await timeToLetGo(host, id) : letGoMs;
        await pause(PAGE_INTERVAL_MS);
      }
    });
    const seconds = (performance.now() - began) / 1000;
    console.log(`  first curves after ${(firstMs / 1000).toFixed(2)} s, all of it after ${seconds.toFixed(1)} s`);
    console.log(`  ${answers} answers to a page meanwhile; a cancelled request let go after ${letGoMs.toFixed(1)} ms`);
    const line = (name: string, histogram: typeof idle): void => {
      const [median, slow, worst] = [50, 99, 100].map((share) => delayAt(histogram, share).toFixed(2).padStart(8));
      console.log(
        `  delay of the host’s event loop, ${name.padEnd(8)} median ${median}  p99 ${slow}  worst ${worst} ms`,
      );
    };
    line('idle', idle);
    line('loading', loading);
    const [quiet, busy] = [delayAt(idle, 99), delayAt(loading, 99)];
    console.log(`  p99 ${(busy / quiet).toFixed(1)} × idle; ${busy.toFixed(1)} ms, allowed ${LIMIT_MS} ms`);
    process.exitCode = busy < LIMIT_MS ? 0 : BOUND_MISSED;
  } finally {
    await host.close();
  }
}

/** Milliseconds from the cancellation of a request to its end. */
async function timeToLetGo(host: EngineHost, run: string): Promise<number> {
  const cancellation = new AbortController();
  const request = host.client.request('report', { run }, { signal: cancellation.signal }).catch(() => undefined);
  const began = performance.now();
  cancellation.abort();
  await request;
  return performance.now() - began;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
