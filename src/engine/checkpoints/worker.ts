import { parentPort, workerData } from 'node:worker_threads';
import type { CheckpointTask } from '../../contract/checkpointProtocol.js';
import { doCheckpointTask } from './tasks.js';

/** Entry of the worker thread that does one {@link CheckpointTask}, its data, and tells of it. */
if (!parentPort) {
  throw new Error('checkpoints are to be read in a worker thread');
}
const port = parentPort;
void doCheckpointTask(workerData as CheckpointTask, (news) => port.postMessage(news));
