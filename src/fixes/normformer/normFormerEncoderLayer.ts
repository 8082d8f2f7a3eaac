/** PyTorch's own encoder layer with the norms of NormFormer; its attention keeps its heads to itself. */
export const NORM_FORMER_ENCODER_LAYER = `
class NormFormerEncoderLayer(torch.nn.TransformerEncoderLayer):
    """A Transformer encoder layer that also normalises what attention gives off and what the activation lets through."""

    def __init__(self, d_model, *args, **kwargs):
        super().__init__(d_model, *args, **{**kwargs, "norm_first": True})
        like = {"eps": self.norm1.eps, "device": self.norm1.weight.device, "dtype": self.norm1.weight.dtype}
        self.norm1_out = torch.nn.LayerNorm(d_model, **like)
        self.linear2_norm = torch.nn.LayerNorm(self.linear2.in_features, **like)
        # PyTorch's fused inference path would skip the added norms.
        self.activation_relu_or_gelu = 0

    def _sa_block(self, *args, **kwargs):
        return self.norm1_out(super()._sa_block(*args, **kwargs))

    def _ff_block(self, x):
        inner = self.dropout(self.activation(self.linear1(x)))
        return self.dropout2(self.linear2(self.linear2_norm(inner)))
`;
