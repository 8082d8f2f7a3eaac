import type { Finding } from '../model/finding.js';
import type { Problem } from '../model/problem.js';
import type { ComparisonReport, OpaqueObject, TensorSummary } from '../model/tensor.js';

/** Host → the worker thread that reads one checkpoint; the thread is ended to cancel. */
export type CheckpointTask =
  /** @property cache folder in which statistics are kept; omitted: they are computed every time. */
  | { readonly type: 'inspect'; readonly path: string; readonly cache?: string }
  | { readonly type: 'compare'; readonly first: string; readonly second: string }
  | { readonly type: 'reset-momentum'; readonly input: string; readonly output: string };

/** What is known of a checkpoint before its elements are read. */
export interface DescribedCheckpoint {
  readonly name: string;
  readonly path: string;
  readonly format: string;
  /** Of all tensors. */
  readonly bytes: number;
  /** Without statistics; in the order of the file. */
  readonly tensors: readonly TensorSummary[];
  readonly opaque: readonly OpaqueObject[];
  readonly values: Readonly<Record<string, string | number | boolean | null>>;
}

/** Tensors that have been read, by their place in {@link DescribedCheckpoint.tensors}. */
export interface ReadTensors {
  readonly from: number;
  readonly tensors: readonly TensorSummary[];
  /** Of all that has been read so far. */
  readonly bytes: number;
}

/** Worker → host, and most of it on to the page. */
export type CheckpointNews =
  | { readonly type: 'described'; readonly checkpoint: DescribedCheckpoint }
  | { readonly type: 'read'; readonly progress: ReadTensors }
  | { readonly type: 'judged'; readonly findings: readonly Finding[]; readonly problems: readonly Problem[] }
  | { readonly type: 'compared'; readonly report: ComparisonReport }
  | { readonly type: 'repaired'; readonly output: string; readonly changed: readonly string[] }
  | { readonly type: 'failed'; readonly message: string };

/** Host → page. */
export type ToCheckpointPage = Exclude<CheckpointNews, { type: 'repaired' }> | { readonly type: 'restart' };

/** Page → host. */
export type FromCheckpointPage =
  | { readonly type: 'ready' }
  | { readonly type: 'copy'; readonly text: string }
  | { readonly type: 'compare' }
  | { readonly type: 'reset-momentum' };

/** Far more than any name or row of numbers that a person copies. */
const LONGEST_COPY = 1 << 20;

/** What a checkpoint page sent, checked; undefined for anything else. */
export function parseFromCheckpointPage(message: unknown): FromCheckpointPage | undefined {
  if (typeof message !== 'object' || message === null || !('type' in message)) {
    return undefined;
  }
  switch (message.type) {
    case 'ready':
    case 'compare':
    case 'reset-momentum':
      return { type: message.type };
    case 'copy':
      return 'text' in message && typeof message.text === 'string' && message.text.length <= LONGEST_COPY
        ? { type: 'copy', text: message.text }
        : undefined;
    default:
      return undefined;
  }
}
