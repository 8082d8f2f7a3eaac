"""Blocks in the manner of the first Transformer: the norm behind the addition."""
import torch.nn as nn


class EncoderBlock(nn.Module):
    def __init__(self, dim, heads, dropout=0.0):
        super().__init__()
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.norm1 = nn.LayerNorm(dim)
        self.feed_forward = nn.Sequential(nn.Linear(dim, 4 * dim), nn.ReLU(), nn.Linear(4 * dim, dim))
        self.norm2 = nn.LayerNorm(dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        x = self.norm1(x + self.dropout(self.attention(x, x, x)[0]))
        x = self.norm2(x + self.dropout(self.feed_forward(x)))
        return x


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([EncoderBlock(32, 4) for _ in range(24)])
        self.norm = nn.LayerNorm(32)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)
