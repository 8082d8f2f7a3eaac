import type { FixDescription } from '../../model/fix.js';
import { encoderStacks, isMixed, stacksOf, type BlockStack } from '../../loops/python/blockStacks.js';
import { lastPart, numberValue, textOf } from '../../loops/python/expressions.js';
import { constructorsOf } from '../../loops/python/networkClasses.js';
import {
  statementOf,
  type LocatedCall,
  type PythonFunction,
  type PythonModule,
} from '../../loops/python/pythonModule.js';
import { findResidualBlocks, type ResidualBlock } from '../../loops/python/residualBlocks.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { childOf, walk, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { applyToBlocks } from '../blockFix.js';
import { quoteOf, type EditList } from '../editing/editList.js';
import { addHelper, helperFrom, nameOfHelper } from '../editing/helperFunction.js';
import type { Fix } from '../fix.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { outputLayers } from './outputLayers.js';

const description: FixDescription = {
  id: 'small-init',
  title: 'Start residual branches small, the smaller the deeper the model',
  why: 'Every branch adds to the residual stream, so that at the start its variance grows with depth and gradients with it; with the last layer of each branch divided by the root of the number of branches, the sum stays of the size of one.',
  answers: ['early-rise', 'warmup', 'gradient-exploding', 'activations'],
  contraindications: [
    'Weights that are loaded: they replace what the initialisation made.',
    'Branches that end in a norm, a layer scale or a zero: their size at the start is set there.',
    'Alarms about vanishing gradients in the first steps: inside a branch they are small by design.',
  ],
  frameworks: ['pytorch'],
  settings: [],
  papers: [
    {
      title: 'Transformers without Tears: Improving the Normalization of Self-Attention',
      authors: 'Toan Q. Nguyen, Julian Salazar',
      year: 2019,
    },
    {
      title: 'Fixup Initialization: Residual Learning Without Normalization',
      authors: 'Hongyi Zhang, Yann N. Dauphin, Tengyu Ma',
      year: 2019,
    },
  ],
  labArm: 'small-init',
};

const HELPER = `
def start_branches_small(blocks, outputs):
    """Divides the layers that end the residual branches by the root of the number of branches (as in GPT-2, 2019).

    Call it once, when all weights have their initial values. \`outputs\` are the layers' names within a block.
    """
    layers = [layer for block in blocks for name, layer in block.named_modules() if name in outputs]
    with torch.no_grad():
        for layer in layers:
            layer.weight.mul_(len(layers) ** -0.5)
`;

const NAME = nameOfHelper(HELPER);
const NOTES = ['Weights that are loaded from a checkpoint later replace these: it acts on training from scratch.'];

/** Smaller initial weights at the end of each residual branch, set where the model is built. */
export const smallInit: Fix = {
  description,
  apply: (target) =>
    applyToBlocks(target, {
      block: startSmall,
      library: startEncoderSmall,
      none: 'No residual block was found in this file: a class whose forward adds sub-layers to its input.',
    }),
};

function startSmall(block: ResidualBlock, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const { module, lines } = analysis;
  const stacks = stacksOf(block.name, module);
  const there = scaledAlready(block, module);
  if (there) {
    return { kind: 'already-there', line: lines.lineAt(there.start) };
  }
  if (!stacks) {
    return refused(`In which list the blocks of ${block.name} stand, one behind the other, can’t be told.`);
  }
  const others = findResidualBlocks(module).map(({ name }) => name);
  if (isMixed(stacks, block.name, others, module)) {
    return refused(`${block.name} shares its list with blocks of another class, to which this would be done as well.`);
  }
  const outputs = outputLayers(block, module);
  return 'reason' in outputs ? refused(outputs.reason) : callBehind(stacks, outputs.names, analysis, edits);
}

function startEncoderSmall(call: LocatedCall, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const stacks = encoderStacks(analysis.module);
  const there = analysis.module.callsNamed(NAME)[0];
  if (there) {
    return { kind: 'already-there', line: analysis.lines.lineAt(there.node.start) };
  }
  return call.name === 'TransformerEncoderLayer' && stacks
    ? callBehind(stacks, ['self_attn.out_proj', 'linear2'], analysis, edits)
    : refused('Where the copies of this layer are kept can’t be told from this file.');
}

/** Where the weights have their initial values: behind what sets them in the same function, else behind the blocks. */
function callBehind(
  stacks: readonly BlockStack[],
  outputs: readonly string[],
  analysis: PythonAnalysis,
  edits: EditList,
): LoopOutcome {
  const { module, lines } = analysis;
  const quote = quoteOf(module.text);
  const names = outputs.map((name) => quote + name + quote).join(', ');
  for (const { code, owner, statement } of stacks) {
    const later = module.calls.filter(({ node }) => node.start > statement.end).filter(setsWeights);
    const elsewhere = later.find((call) => call.owner !== owner && !runsWithin(call, owner, module));
    if (elsewhere) {
      return refused(
        `Weights are set on line ${lines.lineAt(elsewhere.node.start) + 1}, after the model is built, and would replace smaller ones.`,
      );
    }
    const last = later.filter((call) => call.owner === owner).map(({ node }) => topOf(node, owner));
    edits.insertAfter(last.toSorted((one, other) => one.end - other.end).at(-1) ?? statement, [
      `${NAME}(${code}, [${names}])`,
    ]);
  }
  addHelper(helperFrom(HELPER, analysis, edits), analysis, edits);
  return { kind: 'edited', notes: NOTES };
}

/** `self.apply(self._init_weights)`, `self.init_weights()`, `nn.init.normal_(…)`. */
function setsWeights({ name, callee, positional }: LocatedCall): boolean {
  return (
    (name === 'apply' && positional.length === 1) ||
    /^_?(?:init|reset)_(?:weights?|parameters|params)$|^_?initiali[sz]e(?:_weights)?$|^post_init$/.test(name) ||
    /(?:^|\.)init\.\w+_$/.test(callee ?? '')
  );
}

/** A call in a method that `__init__` itself calls, or hands to `apply`, runs before the end of `__init__`. */
function runsWithin({ owner }: LocatedCall, constructor: PythonFunction, { text }: PythonModule): boolean {
  if (owner.className === null || owner.className !== constructor.className) {
    // Another class sets its own weights when it is built.
    return owner.className !== null;
  }
  const names = new Set(
    [...walk(constructor.node)].filter(({ type }) => type === 'identifier').map((node) => textOf(text, node)),
  );
  return names.has(owner.name) || owner.name.startsWith('_init') || owner.name === 'forward';
}

/** The statement of the function's own body that holds the node, loops and conditions included. */
function topOf(node: SyntaxNode, owner: PythonFunction): SyntaxNode {
  const body = childOf(owner.node, 'body') ?? owner.node;
  let at = statementOf(node);
  while (at.parent && at.parent !== body) {
    at = at.parent;
  }
  return at;
}

/** Layer scale, ReZero, adaLN-Zero and the like: a learned factor in the sum. */
const LEARNED_FACTOR =
  /layer_?scale|gamma|re_?zero|skip_?init|res(?:idual)?_?(?:scale|weight|alpha|multiplier)|\bgate\w*(?:\.\w+\(\d\))?\s*\*/i;
const ROOT = /sqrt\(|\*\*/;
const DEPTH = /n_?layers?|num_?(?:hidden_)?layers|depth|n_?blocks|num_?blocks|layer_?id/i;

/** What makes branches small in other spellings. */
function scaledAlready(block: ResidualBlock, module: PythonModule): SyntaxNode | null {
  const { text } = module;
  const helper = module.callsNamed(NAME)[0]?.node;
  const factor = block.branches.find(({ sum }) => LEARNED_FACTOR.test(textOf(text, sum)))?.sum;
  const layer = block.submodules.find(({ assignment }) =>
    constructorsOf(text, assignment.value).some((kind) => LEARNED_FACTOR.test(lastPart(kind))),
  );
  // `std=0.02 / math.sqrt(2 * config.n_layer)`.
  const formula = [...walk(module.root)].find(
    (node) => node.type === 'binary_operator' && ROOT.test(textOf(text, node)) && DEPTH.test(textOf(text, node)),
  );
  return helper ?? factor ?? layer?.assignment.statement ?? formula ?? zeroed(block, module) ?? null;
}

/** `nn.init.zeros_(self.c_proj.weight)`, in the block or in one of its sub-layers. */
function zeroed(block: ResidualBlock, module: PythonModule): SyntaxNode | undefined {
  const { text } = module;
  const classes = new Set([
    block.name,
    ...block.submodules.flatMap(({ assignment }) => constructorsOf(text, assignment.value)),
  ]);
  return module.calls.find(
    ({ callee, owner, positional: [weight, value] }) =>
      owner.className !== null &&
      classes.has(owner.className) &&
      weight !== undefined &&
      /^self\.\w+\.weight$/.test(textOf(text, weight)) &&
      (/init\.zeros_$/.test(callee ?? '') || (/init\.constant_$/.test(callee ?? '') && numberValue(text, value) === 0)),
  )?.node;
}
