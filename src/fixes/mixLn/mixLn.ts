import type { FixDescription } from '../../model/fix.js';
import { textOf } from '../../loops/python/expressions.js';
import { encoderStacks, isMixed, stacksOf } from '../../loops/python/blockStacks.js';
import { statementOf, type LocatedCall, type PythonModule } from '../../loops/python/pythonModule.js';
import {
  findResidualBlocks,
  type NormUse,
  type ResidualBlock,
  type ResidualBranch,
} from '../../loops/python/residualBlocks.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import type { SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { applyToBlocks } from '../blockFix.js';
import { EditRefused, type EditList } from '../editing/editList.js';
import { normFirst } from '../editing/normFirst.js';
import { preNormed } from '../editing/outputNorms.js';
import type { Fix } from '../fix.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { numberSetting } from '../settings.js';
import { markBlocks } from './markBlocks.js';

const description: FixDescription = {
  id: 'mix-ln',
  title: 'Post-LN in the first blocks, Pre-LN in the others (Mix-LN)',
  why: 'With Pre-LN the gradients of deep blocks are small, so that they learn little; with Post-LN in the first quarter of the blocks, the gradients are more even over the depth.',
  answers: ['gradient-imbalance'],
  contraindications: [
    'Fine-tuning weights that were trained with Pre-LN: the first blocks compute something else.',
    'Runs without warmup: the Post-LN blocks need it.',
    'Gradients that merely fall with depth: every Pre-LN model shows that, and trains.',
    'Blocks of a library, whose code is not yours to edit.',
  ],
  frameworks: ['pytorch'],
  settings: [
    {
      name: 'post-share',
      title: 'Share of the blocks, from the first on, that normalise behind the addition',
      default: 0.25,
      source: "The authors' README and configurations: 3 of 12 layers",
    },
  ],
  papers: [
    {
      title: 'Mix-LN: Unleashing the Power of Deeper Layers by Combining Pre-LN and Post-LN',
      authors: 'Pengxiang Li, Lu Yin, Shiwei Liu',
      year: 2024,
    },
  ],
  labArm: 'mix-ln',
};

/** The switch that the blocks get, and those under which others have it. */
const SWITCH = 'post_norm';
const NAMED = /^(?:post_?(?:norm|ln)|mix_?ln|norm_position|is_post_(?:norm|ln)|norm_first)$/;

const NOTES = [
  'Mix-LN changes what the first blocks compute: train from scratch, with a warmup.',
  'Parameters keep their names, so that checkpoints load; but they were learned for Pre-LN.',
];

/** A switch in the user's own Pre-LN blocks that is on in the first of them; `norm_first` of PyTorch's layers. */
export const mixLn: Fix = {
  description,
  apply(target, settings) {
    const share = numberSetting(description, 'post-share', settings, { above: 0, below: 1 });
    return share.ok
      ? applyToBlocks(target, {
          block: (block, analysis, edits) => mixBlock(block, share.value, analysis, edits),
          library: (call, analysis, edits) => mixLibrary(call, share.value, analysis, edits),
          none: 'No Transformer block was found in this file: a class whose forward adds sub-layers to its input.',
        })
      : refused(share.error);
  },
};

function mixLibrary(call: LocatedCall, share: number, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const stacks = encoderStacks(analysis.module);
  if (call.name !== 'TransformerEncoderLayer' || !stacks) {
    return refused('Where the copies of this layer are kept can’t be told from this file.');
  }
  const marked = analysis.module.assignments.find(({ target }) => /^\w+\.norm_first$/.test(target));
  if (marked) {
    return { kind: 'already-there', line: analysis.lines.lineAt(marked.statement.start) };
  }
  normFirst(call, edits);
  markBlocks(stacks, 'norm_first = False', share, analysis, edits);
  return { kind: 'edited', notes: NOTES };
}

function mixBlock(block: ResidualBlock, share: number, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const { module, lines } = analysis;
  if (block.submodules.some(({ name }) => NAMED.test(name))) {
    return { kind: 'already-there', line: lines.lineAt(block.node.start) };
  }
  const normed = preNormed(block, analysis);
  if ('reason' in normed) {
    return refused(normed.reason);
  }
  const { branches } = normed;
  if (branches.some(({ outputNorm }) => outputNorm !== null)) {
    return refused(`${block.name} normalises what its sub-layers give off as well; Mix-LN is for Pre-LN blocks.`);
  }
  const stacks = stacksOf(block.name, module);
  if (!stacks) {
    return refused(`In which list the blocks of ${block.name} stand, one behind the other, can’t be told.`);
  }
  const others = findResidualBlocks(module).map(({ name }) => name);
  if (isMixed(stacks, block.name, others, module)) {
    return refused(`${block.name} shares its list with blocks of another class, to which this would be done as well.`);
  }
  for (const branch of branches) {
    switchNorm(branch, branches, analysis, edits);
  }
  const [first] = branches.map(({ inputNorm }) => (inputNorm as NormUse).norm.assignment.statement);
  edits.insertAfter(first ?? block.node, [`self.${SWITCH} = False`]);
  markBlocks(stacks, `${SWITCH} = True`, share, analysis, edits);
  return { kind: 'edited', notes: NOTES };
}

/**
 * `x = x + self.attn(self.ln(x))` becomes `x = x + self.attn(x if self.post_norm else self.ln(x))`, and the sum goes
 * through the norm where the switch is on.
 */
function switchNorm(
  branch: ResidualBranch,
  all: readonly ResidualBranch[],
  { module, lines }: PythonAnalysis,
  edits: EditList,
): void {
  const { norm, call } = branch.inputNorm as NormUse;
  const line = lines.lineAt(branch.addition.start) + 1;
  if (all.some((other) => other !== branch && (other.sum === branch.sum || other.inputNorm?.norm === norm))) {
    throw new EditRefused(`Several sub-layers share the norm or the sum on line ${line}; write them one by one first.`);
  }
  const argument = call.children.find(({ field }) => field === 'arguments')?.children ?? [];
  const [input] = argument;
  if (!input || argument.length !== 1 || !isStream(input, branch, module)) {
    throw new EditRefused(`What goes into the norm of line ${line} is not the residual stream itself.`);
  }
  edits.insert(call.start, `${textOf(module.text, input)} if self.${SWITCH} else `);
  const name = summedName(branch, module);
  if (branch.addition.type === 'return_statement') {
    edits.remove(branch.addition.start, branch.sum.start);
    edits.insert(branch.sum.start, `${branch.stream} = `);
    edits.insertAfter(branch.addition, [
      `return self.${norm.name}(${branch.stream}) if self.${SWITCH} else ${branch.stream}`,
    ]);
    return;
  }
  edits.insertAfter(branch.addition, [`${name} = self.${norm.name}(${name}) if self.${SWITCH} else ${name}`]);
}

/** The stream under its name, or under the one that it was copied from: `residual = hidden_states`. */
function isStream(input: SyntaxNode, { stream, addition }: ResidualBranch, module: PythonModule): boolean {
  const name = textOf(module.text, input);
  const copied = module.assignments.findLast(
    ({ target, statement }) => target === stream && statement.end <= addition.start,
  );
  const same = copied?.value.type === 'identifier' && textOf(module.text, copied.value) === name;
  return input.type === 'identifier' && (name === stream || same);
}

/** What the sum is called. */
function summedName({ addition, sum, stream }: ResidualBranch, module: PythonModule): string {
  if (addition.type === 'return_statement' && sum.parent === addition) {
    return stream;
  }
  const target = module.assignments.find(
    ({ value, statement, index }) => value === sum && statement === statementOf(sum) && index === null,
  )?.target;
  const inPlace = sum.type === 'augmented_assignment' ? stream : undefined;
  if (target === undefined && inPlace === undefined) {
    throw new EditRefused(`The sum ${textOf(module.text, sum)} is part of a larger expression; give it a name first.`);
  }
  return target ?? stream;
}
