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
