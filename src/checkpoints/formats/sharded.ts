import type { Checkpoint, CheckpointFormat, CheckpointTensor, OpenPart } from '../checkpoint.js';
import { CheckpointError } from '../checkpointError.js';
import { isBeside } from '../checkpointFiles.js';
import { readExactly } from '../source.js';
import type { CheckpointFiles } from '../checkpointFiles.js';

const LARGEST_INDEX = 64 * 1024 * 1024;
const MOST_SHARDS = 10_000;

/** `model.safetensors.index.json` and `pytorch_model.bin.index.json`: which of several files holds which tensor. */
export const SHARDED: CheckpointFormat = {
  id: 'sharded',
  title: 'index of shards (*.index.json)',
  savedBy: ['Transformers', 'Accelerate', 'Diffusers'],
  endings: ['.index.json'],
  recognise: ({ name, bytes }) => /\.index\.json$/i.test(name) && OBJECT.test(new TextDecoder('latin1').decode(bytes)),
  open: readShards,
};

const OBJECT = /^\s*\{/;

async function readShards(files: CheckpointFiles, openPart: OpenPart): Promise<Checkpoint & { format: string }> {
  const { hdf5 } = files;
  const shards = await shardsOf(files);
  const parts: (Checkpoint & { readonly format: string })[] = [];
  const problems: Checkpoint['problems'][number][] = [];
  for (const [name, tensors] of shards) {
    if (!isBeside(name)) {
      const message = `the index names ${name} for ${tensors.size} tensors: outside its folder nothing is read`;
      problems.push({ offset: 0, message, remedy: 'put all shards beside the index' });
      continue;
    }
    const main = await files.sibling(name);
    if (!main) {
      problems.push({
        offset: 0,
        message: `the shard ${name} with ${tensors.size} tensors is missing`,
        remedy: 'download it too',
      });
      continue;
    }
    try {
      const part = await openPart({ name, main, sibling: () => Promise.resolve(undefined), ...(hdf5 && { hdf5 }) });
      const found = new Set(part.tensors.map((tensor) => tensor.name));
      const missing = [...tensors].filter((tensor) => !found.has(tensor));
      problems.push(
        ...part.problems.map((problem) => ({ ...problem, message: `${name}: ${problem.message}` })),
        ...missing.slice(0, 5).map((tensor) => ({ offset: 0, message: `${name} does not hold ${tensor}` })),
      );
      parts.push(part);
    } catch (error) {
      if (!(error instanceof CheckpointError)) {
        throw error;
      }
      problems.push({
        offset: error.offset,
        message: `${name}: ${error.message}`,
        ...(error.remedy && { remedy: error.remedy }),
      });
    }
  }
  if (parts.length === 0) {
    throw new CheckpointError(problems[0]?.message ?? 'the index names no shards', 0, problems[0]?.remedy);
  }
  return {
    format: parts[0]?.format ?? SHARDED.id,
    tensors: parts.flatMap((part): readonly CheckpointTensor[] => part.tensors),
    values: new Map(parts.flatMap((part) => [...part.values])),
    opaque: parts.flatMap((part) => part.opaque),
    suspicions: parts.flatMap((part) => part.suspicions),
    problems,
  };
}

async function shardsOf({ main }: CheckpointFiles): Promise<Map<string, Set<string>>> {
  const bytes = await readExactly(main, 0, main.size, 'the index', LARGEST_INDEX);
  let index: unknown;
  try {
    index = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new CheckpointError('the index is no JSON: the file is damaged', 0, 'download it again');
  }
  const map = typeof index === 'object' && index !== null && 'weight_map' in index ? index.weight_map : undefined;
  if (typeof map !== 'object' || map === null) {
    throw new CheckpointError('the index has no weight_map', 0, 'name the file that holds the tensors');
  }
  const shards = new Map<string, Set<string>>();
  for (const [tensor, file] of Object.entries(map)) {
    if (typeof file === 'string') {
      const tensors = shards.get(file) ?? new Set();
      shards.set(file, tensors.add(tensor));
    }
  }
  if (shards.size > MOST_SHARDS) {
    throw new CheckpointError(`the index names ${shards.size} files`);
  }
  return shards;
}
