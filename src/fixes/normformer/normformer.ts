import type { FixDescription } from '../../model/fix.js';
import { findAttentionModules, type AttentionModule } from '../../loops/python/attentionModules.js';
import { textOf } from '../../loops/python/expressions.js';
import { feedForwardOf, isAttention, type FeedForward } from '../../loops/python/feedForward.js';
import { constructorsOf, submoduleAt } from '../../loops/python/networkClasses.js';
import type { ResidualBlock } from '../../loops/python/residualBlocks.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { applyToBlocks } from '../blockFix.js';
import type { EditList } from '../editing/editList.js';
import { replaceEncoderLayer } from '../editing/encoderLayer.js';
import { moduleName, normLikeTheFile } from '../editing/normLikeTheFile.js';
import { changesTheModel, normOutputs, preNormed } from '../editing/outputNorms.js';
import type { Fix } from '../fix.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { addHeadGains, hasHeadGains } from './headGains.js';
import { NORM_FORMER_ENCODER_LAYER } from './normFormerEncoderLayer.js';

const description: FixDescription = {
  id: 'normformer',
  title: 'Norms behind attention and inside the feed-forward layers (NormFormer)',
  why: 'With Pre-LN, gradients of the first blocks are much larger than those of the last; norms behind attention and behind the activation, and a gain for each head, even them out, so that a higher learning rate can be used.',
  answers: ['gradient-imbalance', 'activations'],
  contraindications: [
    'Blocks that normalise the sum (Post-LN): there the mismatch is the opposite.',
    'Fine-tuning weights that were trained without: the model computes something else.',
    'An imbalance that is there during warmup only.',
    'Blocks of a library, whose code is not yours to edit.',
  ],
  frameworks: ['pytorch'],
  settings: [],
  papers: [
    {
      title: 'NormFormer: Improved Transformer Pretraining with Extra Normalization',
      authors: 'Sam Shleifer, Jason Weston, Myle Ott',
      year: 2021,
    },
  ],
  labArm: 'normformer',
};

const WITHOUT_GAINS =
  'The heads of attention keep their scale: the code doesn’t show how many there are, or where they are put out.';
const NOTES = changesTheModel('NormFormer');

/** Norms and gains in the user's own Pre-LN blocks, and a replacement for PyTorch's encoder layer. */
export const normformer: Fix = {
  description,
  apply: (target) =>
    applyToBlocks(target, {
      block: normaliseBlock,
      library: (...place) => replaceEncoderLayer(NORM_FORMER_ENCODER_LAYER, [...NOTES, WITHOUT_GAINS], ...place),
      replacement: NORM_FORMER_ENCODER_LAYER,
      none: 'No Transformer block was found in this file: a class whose forward adds sub-layers to its input.',
    }),
};

function normaliseBlock(block: ResidualBlock, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const { module, lines } = analysis;
  const normed = preNormed(block, analysis);
  if ('reason' in normed) {
    return refused(normed.reason);
  }
  const attention = normed.branches.filter((branch) => isAttention(branch, block, module));
  const inner = normed.branches.flatMap((branch) =>
    attention.includes(branch) ? [] : (feedForwardOf(branch, block, module) ?? []),
  );
  if (attention.length === 0 || inner.length === 0) {
    return refused(
      `Which sub-layer of ${block.name} is attention, and where the feed-forward layers have their activation, can’t be told from this file.`,
    );
  }
  const open = inner.filter(({ normed: there }) => !there);
  const added = normOutputs(attention, block, analysis, edits);
  for (const feedForward of open) {
    normaliseInside(feedForward, analysis, edits);
  }
  if (added + open.length === 0) {
    return { kind: 'already-there', line: lines.lineAt(block.node.start) };
  }
  const gained = attention.every(({ sublayer }) => {
    const held = submoduleAt(`self.${sublayer}`, block);
    const [kind] = held ? constructorsOf(module.text, held.assignment.value) : [];
    const own = findAttentionModules(module).find(({ name }) => name === kind);
    return own !== undefined && gain(own, analysis, edits);
  });
  return { kind: 'edited', notes: gained ? NOTES : [...NOTES, WITHOUT_GAINS] };
}

function gain(attention: AttentionModule, analysis: PythonAnalysis, edits: EditList): boolean {
  return hasHeadGains(attention) || addHeadGains(attention, analysis, edits);
}

/** Between the activation and the layer behind it, under names that leave those of the other layers as they are. */
function normaliseInside(feedForward: FeedForward, analysis: PythonAnalysis, edits: EditList): void {
  const { network, features } = feedForward;
  const norm = normLikeTheFile(textOf(analysis.module.text, features), network.constructor, analysis, edits);
  if (feedForward.kind === 'sequential') {
    const { activation } = feedForward;
    const sequential = moduleName('Sequential', network.constructor, analysis, edits);
    edits.insert(activation.start, `${sequential}(`);
    edits.insert(activation.end, `, ${norm})`);
    return;
  }
  const { last, input } = feedForward;
  const name = `${last.name}_norm`;
  edits.insertAfter(last.assignment.statement, [`self.${name} = ${norm}`]);
  edits.insert(input.start, `self.${name}(`);
  edits.insert(input.end, ')');
}
