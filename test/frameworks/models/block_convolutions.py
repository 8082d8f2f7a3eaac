"""Residual blocks of convolutions without norms, gathered in a list that becomes the body of the network."""
import torch
from torch import nn
import torch.nn.functional as F


class ResBlock(nn.Module):
	def __init__(self, channels):
		super().__init__()
		self.conv1 = nn.Conv1d(channels, channels, 3, padding=1)
		self.conv2 = nn.Conv1d(channels, channels, 3, padding=1)

	def forward(self, x):
		out = F.relu(self.conv1(x))
		out = self.conv2(out)
		return x + out


class Model(nn.Module):
	def __init__(self, channels=8, depth=24):
		super().__init__()
		layers = []
		for _ in range(depth):
			layers.append(ResBlock(channels))
		self.body = nn.Sequential(*layers)
		self._init_weights()

	def _init_weights(self):
		for m in self.modules():
			if isinstance(m, nn.Conv1d):
				nn.init.kaiming_normal_(m.weight, nonlinearity='relu')

	def forward(self, x):
		return self.body(x)
