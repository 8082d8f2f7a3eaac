import { followOutput } from '../outputLog.js';

const LINE_FEED = 10;

/** One job's folder, and what stands before each line that it printed. */
export interface LabelledOutput {
  readonly folder: string;
  readonly label: string;
  /** Whether nothing more will be printed there. */
  readonly hasEnded: () => Promise<boolean>;
}

/** What several jobs print, as it comes, each line whole and with its job's label; of a single one, just as it is. */
export async function* followAll(sources: readonly LabelledOutput[], abort: AbortSignal): AsyncGenerator<Uint8Array> {
  const [only] = sources;
  if (sources.length === 1 && only && only.label === '') {
    yield* followOutput(only.folder, only.hasEnded, abort);
    return;
  }
  const open = new Map(
    sources.map((source) => {
      const lines = labelledLines(followOutput(source.folder, source.hasEnded, abort), source.label);
      return [lines, lines.next()] as const;
    }),
  );
  while (open.size > 0) {
    const [lines, result] = await Promise.race(
      [...open].map(async ([iterator, next]) => [iterator, await next] as const),
    );
    if (result.done === true) {
      open.delete(lines);
    } else {
      open.set(lines, lines.next());
      yield result.value;
    }
  }
}

async function* labelledLines(pieces: AsyncIterable<Uint8Array>, label: string): AsyncGenerator<Uint8Array> {
  let rest = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes = Buffer.concat([rest, piece]);
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    rest = Buffer.from(bytes.subarray(end));
    if (end > 0) {
      yield withLabel(bytes.subarray(0, end), label);
    }
  }
  if (rest.length > 0) {
    yield withLabel(Buffer.concat([rest, Buffer.from('\n')]), label);
  }
}

/** @param lines whole ones. */
function withLabel(lines: Buffer, label: string): Buffer {
  // Byte by byte as text: what a job prints need not be UTF-8.
  return Buffer.from(lines.toString('latin1').replace(/^(?=[^])/gm, Buffer.from(label).toString('latin1')), 'latin1');
}
