"""Attention in the manner of lectures: one module for each head."""
import torch
import torch.nn as nn
from torch.nn import functional as F

n_embd = 32
block_size = 16
dropout = 0.0


class Head(nn.Module):
	""" one head of self-attention """

	def __init__(self, head_size):
		super().__init__()
		self.key = nn.Linear(n_embd, head_size, bias=False)
		self.query = nn.Linear(n_embd, head_size, bias=False)
		self.value = nn.Linear(n_embd, head_size, bias=False)
		self.register_buffer('tril', torch.tril(torch.ones(block_size, block_size)))
		self.dropout = nn.Dropout(dropout)

	def forward(self, x):
		B,T,C = x.shape
		k = self.key(x)   # (B,T,C)
		q = self.query(x) # (B,T,C)
		# compute attention scores ("affinities")
		wei = q @ k.transpose(-2,-1) * k.shape[-1]**-0.5 # (B, T, C) @ (B, C, T) -> (B, T, T)
		wei = wei.masked_fill(self.tril[:T, :T] == 0, float('-inf')) # (B, T, T)
		wei = F.softmax(wei, dim=-1) # (B, T, T)
		wei = self.dropout(wei)
		v = self.value(x) # (B,T,C)
		return wei @ v


class Model(nn.Module):
	def __init__(self):
		super().__init__()
		self.heads = nn.ModuleList([Head(n_embd // 4) for _ in range(4)])
		self.ln1 = nn.LayerNorm(n_embd)

	def forward(self, x):
		x = self.ln1(x)
		return torch.cat([h(x) for h in self.heads], dim=-1)
