import { lastPart, readCall, type Call } from '../../loops/python/expressions.js';
import {
  constructorsOf,
  findNetworkClasses,
  submoduleAt,
  type NetworkClass,
} from '../../loops/python/networkClasses.js';
import type { PythonFunction, PythonModule } from '../../loops/python/pythonModule.js';
import type { ResidualBlock } from '../../loops/python/residualBlocks.js';

/** Names, within a block, of the layers that end its residual branches; or why they can't be told. */
export function outputLayers(
  block: ResidualBlock,
  module: PythonModule,
): { readonly names: readonly string[] } | { readonly reason: string } {
  const names: string[] = [];
  for (const { sublayer, outputNorm } of block.branches) {
    const name = outputNorm ? null : layerAt(sublayer, block, module);
    if (name === null) {
      return {
        reason: outputNorm
          ? `A norm ends the branch ${sublayer} of ${block.name}, so that the weights in front of it have no size of their own.`
          : `Which layer ends the branch ${sublayer} of ${block.name} can’t be told from this file.`,
      };
    }
    names.push(name);
  }
  return { names: [...new Set(names)] };
}

const WEIGHTED = /(?:Linear|Conv[123]d|^Conv1D)$/;
const HARMLESS = /^(?:Dropout\w*|DropPath|StochasticDepth|Identity)$/;

/** "mlp" → "mlp.c_proj": down to the linear or convolutional layer that gives the output. */
function layerAt(attribute: string, network: NetworkClass, module: PythonModule): string | null {
  const held = submoduleAt(`self.${attribute}`, network);
  if (!held) {
    const method = network.methods.find(({ name }) => name === attribute);
    return method ? lastLayerOf(method, network, module) : null;
  }
  const call = readCall(module.text, held.assignment.value);
  const [kind = ''] = constructorsOf(module.text, held.assignment.value);
  if (WEIGHTED.test(lastPart(kind))) {
    return attribute;
  }
  if (lastPart(kind) === 'MultiheadAttention') {
    return `${attribute}.out_proj`;
  }
  const inner = call?.name === 'Sequential' ? lastOfSequential(call, module) : insideOwn(kind, module);
  return inner === null ? null : `${attribute}.${inner}`;
}

function lastOfSequential({ positional, spread }: Call, module: PythonModule): string | null {
  const kinds = positional.map((element) => readCall(module.text, element)?.name ?? '');
  const index = kinds.findLastIndex((kind) => !HARMLESS.test(kind));
  return !spread && WEIGHTED.test(kinds[index] ?? '') ? String(index) : null;
}

function insideOwn(kind: string, module: PythonModule): string | null {
  const own = findNetworkClasses(module).find(({ name }) => name === kind);
  return own ? lastLayerOf(own.forward, own, module) : null;
}

/** The layer of a method whose call ends last: whatever is nested in it or stands above comes before. */
function lastLayerOf(method: PythonFunction, network: NetworkClass, module: PythonModule): string | null {
  const last = module.calls
    .filter(({ owner, callee }) => owner === method && submoduleAt(callee, network) !== null)
    .filter(({ callee }) => {
      const held = submoduleAt(callee, network);
      const kinds = held ? constructorsOf(module.text, held.assignment.value) : [];
      return !kinds.some((kind) => HARMLESS.test(lastPart(kind)));
    })
    .toSorted((one, other) => other.node.end - one.node.end)[0];
  const attribute = /^self\.(\w+)$/.exec(last?.callee ?? '')?.[1];
  return attribute === undefined ? null : layerAt(attribute, network, module);
}
