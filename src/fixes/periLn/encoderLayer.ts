import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import type { LocatedCall } from '../../loops/python/pythonModule.js';
import { childOf } from '../../loops/syntax/syntaxNode.js';
import { addHelper, definitionOf, helperFrom } from '../editing/helperFunction.js';
import type { EditList } from '../editing/editList.js';
import { refused, type LoopOutcome } from '../loopFix.js';

/**
 * PyTorch's own encoder layer with Peri-LN. The layer's fused path for inference knows nothing of the added norms; it is
 * taken only for activations that the layer has marked as known to it.
 */
export const PERI_NORM_ENCODER_LAYER = `
class PeriNormEncoderLayer(torch.nn.TransformerEncoderLayer):
    """A Transformer encoder layer that normalises what goes into each sub-layer and what comes out of it (Peri-LN)."""

    def __init__(self, d_model, *args, **kwargs):
        super().__init__(d_model, *args, **{**kwargs, "norm_first": True})
        like = {"eps": self.norm1.eps, "device": self.norm1.weight.device, "dtype": self.norm1.weight.dtype}
        self.norm1_out = torch.nn.LayerNorm(d_model, **like)
        self.norm2_out = torch.nn.LayerNorm(d_model, **like)
        # PyTorch's fused inference path would skip the added norms.
        self.activation_relu_or_gelu = 0

    def _sa_block(self, *args, **kwargs):
        return self.norm1_out(super()._sa_block(*args, **kwargs))

    def _ff_block(self, x):
        return self.norm2_out(super()._ff_block(x))
`;

const NAME = 'PeriNormEncoderLayer';

/** `nn.TransformerEncoderLayer(…)` becomes a documented layer of the user's own that adds the output norms. */
export function replaceEncoderLayer(call: LocatedCall, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  if (call.name !== 'TransformerEncoderLayer') {
    return refused('PyTorch has no place for output norms in its TransformerDecoderLayer; write the block out first.');
  }
  if (call.positional.length > 6) {
    return refused(
      'The arguments of TransformerEncoderLayer are given by position; name those after layer_norm_eps first.',
    );
  }
  const defined = definitionOf(NAME, analysis);
  if (defined !== null && analysis.lines.lineAt(call.node.start) >= analysis.lines.lineAt(defined)) {
    // Only the helper itself names the layer of PyTorch any more.
    const inHelper = call.owner.className === NAME;
    if (inHelper) {
      return { kind: 'already-there', line: analysis.lines.lineAt(defined) };
    }
  }
  const target = childOf(call.node, 'function');
  if (!target) {
    return refused('The layer is built in a way that can’t be read.');
  }
  addHelper(helperFrom(PERI_NORM_ENCODER_LAYER, analysis, edits), analysis, edits);
  edits.replace(target, NAME);
  return {
    kind: 'edited',
    notes: [
      'Peri-LN changes what the model computes: train from scratch, or expect the loss to jump when a run is resumed.',
      'Parameters keep their names; load older checkpoints with strict=False, so that the new norms start at one.',
    ],
  };
}
