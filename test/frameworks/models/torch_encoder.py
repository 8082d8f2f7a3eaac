"""PyTorch's own encoder layer with the norms where it has them by default: behind the additions."""
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(
            d_model=32,
            nhead=4,
            dim_feedforward=64,
            batch_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, num_layers=4, norm=nn.LayerNorm(32))

    def forward(self, x):
        return self.encoder(x)
