import path from 'node:path';
import { judgeCheckpoint } from '../../checkpoints/judging/rules.js';
import { describeTensor, summarise } from '../../checkpoints/summary.js';
import type { CheckpointNews, CheckpointTask } from '../../contract/checkpointProtocol.js';
import type { TensorSummary } from '../../model/tensor.js';
import { CheckpointCache } from './checkpointCache.js';
import { describeCheckpointFailure } from './failure.js';
import { resetMomentumInCopy } from './repairs.js';
import { reportComparison, withCheckpoint } from './reports.js';

/** News of tensors goes out in lots: so many milliseconds of reading. */
const LOT_MS = 150;

/** Does one thing with checkpoints and tells of it as it goes on. Never rejects: what went wrong is news too. */
export async function doCheckpointTask(task: CheckpointTask, tell: (news: CheckpointNews) => void): Promise<void> {
  try {
    switch (task.type) {
      case 'inspect': {
        await inspect(task.path, task.cache, tell);
        return;
      }
      case 'compare': {
        tell({ type: 'compared', report: await reportComparison(task.first, task.second) });
        return;
      }
      case 'reset-momentum': {
        const { changed } = await resetMomentumInCopy(task.input, task.output, new AbortController().signal);
        tell({ type: 'repaired', output: task.output, changed });
        return;
      }
    }
  } catch (error) {
    tell({ type: 'failed', message: describeCheckpointFailure(error) });
  }
}

function inspect(file: string, cache: string | undefined, tell: (news: CheckpointNews) => void): Promise<void> {
  return withCheckpoint(file, async (checkpoint, files) => {
    const { format, opaque, problems } = checkpoint;
    const described = checkpoint.tensors.map(describeTensor);
    const bytes = described.reduce((sum, tensor) => sum + tensor.bytes, 0);
    const about = { name: path.basename(file), path: file, format, bytes };
    const values = Object.fromEntries(checkpoint.values);
    tell({ type: 'described', checkpoint: { ...about, tensors: described, opaque, values } });
    const lookUp =
      cache === undefined
        ? undefined
        : await new CheckpointCache(cache).begin({ checkpoint, paths: () => files.paths });
    const lots = new Lots(tell);
    let tensors = lookUp?.tensors;
    if (tensors) {
      tensors.forEach((summary) => lots.add(summary));
      lots.count(bytes);
      lots.send();
    } else {
      tensors = await summarise(checkpoint, {
        onTensor: (summary) => lots.add(summary),
        onProgress: (read) => lots.count(read),
        ...(lookUp && { content: lookUp.content }),
      });
      lots.send();
      await lookUp?.keep(tensors);
    }
    tell({ type: 'judged', findings: judgeCheckpoint({ ...checkpoint, tensors }), problems });
  });
}

/** Tensors as they are read, gathered for a while: ten thousand messages would keep the page from drawing. */
class Lots {
  readonly #tell: (news: CheckpointNews) => void;
  #gathered: TensorSummary[] = [];
  #sent = 0;
  #bytes = 0;
  #since = performance.now();

  constructor(tell: (news: CheckpointNews) => void) {
    this.#tell = tell;
  }

  add(summary: TensorSummary): void {
    this.#gathered.push(summary);
    this.#sendWhenDue();
  }

  count(bytes: number): void {
    this.#bytes += bytes;
    this.#sendWhenDue();
  }

  send(): void {
    this.#tell({ type: 'read', progress: { from: this.#sent, tensors: this.#gathered, bytes: this.#bytes } });
    this.#sent += this.#gathered.length;
    this.#gathered = [];
    this.#since = performance.now();
  }

  #sendWhenDue(): void {
    if (performance.now() - this.#since >= LOT_MS) {
      this.send();
    }
  }
}
