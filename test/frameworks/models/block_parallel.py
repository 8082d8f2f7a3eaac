"""Attention and MLP side by side behind one norm, as in GPT-J and PaLM; added in place."""
import torch.nn as nn


class ParallelBlock(nn.Module):
	def __init__(self, dim):
		super().__init__()
		self.norm = nn.LayerNorm(dim)
		self.mix = nn.Linear(dim, dim)
		self.ff = nn.Sequential(nn.Linear(dim, 2 * dim), nn.ReLU(), nn.Linear(2 * dim, dim))

	def forward(self, x):
		x = x + self.mix(self.norm(x)) + self.ff(self.norm(x))
		return x


class SandwichlessBlock(nn.Module):
	def __init__(self, dim):
		super().__init__()
		self.norm = nn.LayerNorm(dim)
		self.ff = nn.Sequential(nn.Linear(dim, 2 * dim), nn.ReLU(), nn.Linear(2 * dim, dim))

	def forward(self, x):
		y = x * 1.0
		y += self.ff(self.norm(x))
		return y


class Model(nn.Module):
	def __init__(self):
		super().__init__()
		self.layers = nn.Sequential(*[layer for _ in range(12) for layer in (ParallelBlock(32), SandwichlessBlock(32))])

	def forward(self, x):
		return self.layers(x)
