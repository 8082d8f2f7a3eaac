import type { TensorSummary } from '../model/tensor.js';
import type { Checkpoint, CheckpointTensor } from './checkpoint.js';
import { CheckpointError } from './checkpointError.js';
import { PieceBuffers } from './statistics/pieceBuffers.js';
import { tensorStatistics } from './statistics/tensorStatistics.js';
import type { StatisticsOptions } from './statistics/tensorStatistics.js';

/** What there is to say of a tensor without reading its elements. */
export function describeTensor({ name, dtype, shape, role, bytes, parameter, data }: CheckpointTensor): TensorSummary {
  const reason = 'unreadable' in data ? { noStats: data.unreadable } : {};
  return { name, dtype, shape, role, bytes, ...(parameter !== undefined && { parameter }), ...reason };
}

export interface SummaryOptions extends StatisticsOptions {
  /** Told of each tensor as soon as it is read, in the order of the checkpoint. */
  readonly onTensor?: (summary: TensorSummary) => void;
}

/**
 * Reads every tensor once and summarises it. Memory is that of two pieces, whatever the size of the file. What cannot
 * be read has no statistics and says why; being cancelled is the only failure.
 */
export async function summarise(checkpoint: Checkpoint, options: SummaryOptions = {}): Promise<TensorSummary[]> {
  const buffers = new PieceBuffers();
  const summaries: TensorSummary[] = [];
  for (const tensor of checkpoint.tensors) {
    options.cancellation?.throwIfAborted();
    const summary = { ...describeTensor(tensor), ...(await statisticsOrReason(tensor, buffers, options)) };
    summaries.push(summary);
    options.onTensor?.(summary);
  }
  return summaries;
}

async function statisticsOrReason(
  tensor: CheckpointTensor,
  buffers: PieceBuffers,
  options: StatisticsOptions,
): ReturnType<typeof tensorStatistics> {
  try {
    return await tensorStatistics(tensor, buffers, options);
  } catch (error) {
    if (error instanceof CheckpointError) {
      options.content?.fail();
      return { noStats: error.message };
    }
    throw error;
  }
}
