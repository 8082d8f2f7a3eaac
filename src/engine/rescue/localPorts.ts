import type { GrammarSource } from '../../loops/grammar.js';
import { describeCheckpointFailure } from '../checkpoints/failure.js';
import { resetMomentumInCopy } from '../checkpoints/repairs.js';
import { withCheckpoint } from '../checkpoints/reports.js';
import { SourceService } from '../sources/sourceService.js';
import type { RescuePorts } from './rescue.js';

/** Everything that a rescue needs, done in this process. */
export function localPorts(grammars: GrammarSource, signal: AbortSignal): RescuePorts {
  const service = new SourceService(grammars);
  return {
    sources: {
      fixes: () => Promise.resolve(service.fixes()),
      loops: (source) => service.loops(source),
      fix: (params) => service.fix(params),
    },
    checkpoints: {
      roles: (file) => inWords(withCheckpoint(file, ({ tensors }) => Promise.resolve(tensors.map(({ role }) => role)))),
      resetMomentum: async (input, output) => {
        await inWords(resetMomentumInCopy(input, output, signal));
      },
    },
  };
}

async function inWords<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    throw new Error(describeCheckpointFailure(error), { cause: error });
  }
}
