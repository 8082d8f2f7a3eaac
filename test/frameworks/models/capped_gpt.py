"""Logits of a language model, worked out in two places; blocks with norms of PyTorch, some with and some without a bias."""
import torch
import torch.nn as nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.ln_1 = nn.LayerNorm(dim)
        self.mix = nn.Linear(dim, dim)
        self.ln_2 = nn.LayerNorm(
            dim,
            eps=1e-6,
        )
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(self, x):
        x = x + self.mix(self.ln_1(x))
        x = x + self.mlp(self.ln_2(x))
        return x


class Model(nn.Module):
    def __init__(self, dim=32, vocab_size=32):
        super().__init__()
        self.blocks = nn.ModuleList([Block(dim) for _ in range(4)])
        self.ln_f = nn.LayerNorm(dim, bias=False)
        self.lm_head = nn.Linear(dim, vocab_size, bias=False)

    def forward(self, x, last=False):
        for block in self.blocks:
            x = block(x)
        x = self.ln_f(x)
        if last:
            logits = self.lm_head(x[:, [-1], :])  # only the last position
        else:
            logits = self.lm_head(x).float()
        return logits
