"""A U-Net in the manner of diffusion models: what is kept goes onto a list and is taken from its end."""
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, width=8, depth=5):
        super().__init__()
        self.first = nn.Conv1d(4, width, 3, padding=1)
        self.input_blocks = nn.ModuleList([nn.Conv1d(width, width, 3, padding=1) for _ in range(depth)])
        self.middle_block = nn.Conv1d(width, width, 3, padding=1)
        self.output_blocks = nn.ModuleList([nn.Conv1d(2 * width, width, 3, padding=1) for _ in range(depth)])
        self.out = nn.Conv1d(width, 4, 3, padding=1)

    def forward(self, x):
        hs = []
        h = self.first(x)
        for module in self.input_blocks:
            h = module(h).relu()
            hs.append(h)
        h = self.middle_block(h)
        for module in self.output_blocks:
            h = torch.cat([h, hs.pop()], dim=1)
            h = module(h).relu()
        return self.out(h)
