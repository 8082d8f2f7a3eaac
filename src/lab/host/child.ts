import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseMessage } from '../protocol.js';
import type { LabMessage, LabRequest } from '../protocol.js';

/** How a child ended. */
export type ChildEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'cancelled' }
  /** What went wrong, in words: its own, or how it was ended. */
  | { readonly kind: 'failed'; readonly reason: string };

export interface ChildOptions {
  /** The child's bundle. */
  readonly file: string;
  readonly signal?: AbortSignal;
  /** Gives way to other processes. */
  readonly polite?: boolean;
}

/** A child that has been told to end is ended after this long. */
const PATIENCE_MS = 2000;
/** Characters of its complaints that are kept. */
const COMPLAINT_LENGTH = 2000;

/** Where the child's bundle lies beside another bundle. */
export function childFile(bundleFolder: string): string {
  return path.join(bundleFolder, 'lab', 'child.js');
}

/** Starts a child on one request and passes its messages on; the answer is how it ended. Never throws. */
export async function runChild(
  request: LabRequest,
  { file, signal, polite = false }: ChildOptions,
  listener: (message: LabMessage) => void,
): Promise<ChildEnd> {
  if (signal?.aborted) {
    return { kind: 'cancelled' };
  }
  if (!existsSync(file)) {
    return { kind: 'failed', reason: `${file} is missing: build or install Evenkeel anew` };
  }
  const child = spawn(process.execPath, [file], {
    // Makes the editor's own program run as Node; nothing to Node itself.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
  let told: ChildEnd | undefined;
  let complaints = '';
  let forced: NodeJS.Timeout | undefined;
  const cancel = (): void => {
    child.kill('SIGTERM');
    forced = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  };
  signal?.addEventListener('abort', cancel, { once: true });
  child.stderr.on('data', (piece: Buffer) => {
    complaints = (complaints + piece.toString()).slice(-COMPLAINT_LENGTH);
  });
  // A child that is gone has no use for its request.
  child.stdin.on('error', () => undefined);
  child.stdin.write(`${JSON.stringify(request)}\n`);
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const message = parseMessage(line);
    if (message?.message === 'failed') {
      told = { kind: 'failed', reason: message.reason };
    } else if (message !== undefined) {
      told = message.message === 'trained' || message.message === 'probed' ? { kind: 'done' } : told;
      listener(message);
    }
  });
  const ended = new Promise<ChildEnd>((resolve) => {
    child.once('error', (error) => resolve({ kind: 'failed', reason: error.message }));
    child.once('spawn', () => {
      if (polite && child.pid !== undefined) {
        giveWay(child.pid);
      }
    });
    child.once('close', (code, endedBy) => {
      resolve(
        signal?.aborted
          ? { kind: 'cancelled' }
          : (told ?? { kind: 'failed', reason: howItEnded(code, endedBy, complaints) }),
      );
    });
  });
  const end = await ended;
  clearTimeout(forced);
  signal?.removeEventListener('abort', cancel);
  return end;
}

function giveWay(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already, or may not: neither matters.
  }
}

function howItEnded(code: number | null, signal: string | null, complaints: string): string {
  const last = complaints.trim().split('\n').at(-1) ?? '';
  const how = signal === null ? `the child ended with status ${code}` : `the child was ended by ${signal}`;
  return last === '' ? how : `${how}: ${last.slice(0, 200)}`;
}
