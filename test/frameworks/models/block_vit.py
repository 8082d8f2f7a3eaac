"""Blocks in the manner of timm's ViT: layer scale, drop path, a norm given as an argument, two spaces of indentation."""
from functools import partial

import torch
import torch.nn as nn


class DropPath(nn.Module):
  def __init__(self, rate):
    super().__init__()
    self.rate = rate

  def forward(self, x):
    return x


class LayerScale(nn.Module):
  def __init__(self, dim, init_values=1.0):
    super().__init__()
    self.gamma = nn.Parameter(init_values * torch.ones(dim))

  def forward(self, x):
    return x * self.gamma


class Block(nn.Module):
  def __init__(self, dim, num_heads, init_values=None, drop_path=0., norm_layer=nn.LayerNorm):
    super().__init__()
    self.norm1 = norm_layer(dim)
    self.attn = nn.MultiheadAttention(dim, num_heads, batch_first=True)
    self.ls1 = LayerScale(dim, init_values=init_values) if init_values else nn.Identity()
    self.drop_path1 = DropPath(drop_path) if drop_path > 0. else nn.Identity()

    self.norm2 = norm_layer(dim)
    self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
    self.ls2 = LayerScale(dim, init_values=init_values) if init_values else nn.Identity()
    self.drop_path2 = DropPath(drop_path) if drop_path > 0. else nn.Identity()

  def attend(self, x):
    return self.attn(x, x, x, need_weights=False)[0]

  def forward(self, x):
    x = x + self.drop_path1(self.ls1(self.attend(self.norm1(x))))
    x = x + self.drop_path2(self.ls2(self.mlp(self.norm2(x))))
    return x


class Model(nn.Module):
  def __init__(self):
    super().__init__()
    self.blocks = nn.Sequential(*[Block(32, 4, norm_layer=partial(nn.LayerNorm, eps=1e-6)) for _ in range(24)])

  def forward(self, x):
    return self.blocks(x)
