"""A block that goes up, which is handed what was kept; the size is mended before the two are joined."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Up(nn.Module):
	def __init__(self, channels):
		super().__init__()
		self.up = nn.ConvTranspose1d(channels, channels, kernel_size=2, stride=2)
		self.conv = nn.Conv1d(2 * channels, channels, 3, padding=1)

	def forward(self, x1, x2):
		x1 = self.up(x1)
		x1 = F.pad(x1, [0, x2.size(2) - x1.size(2)])
		x = torch.cat([x1, x2], dim=1)
		return self.conv(x)


class Model(nn.Module):
	def __init__(self):
		super().__init__()
		self.inc = nn.Conv1d(4, 4, 3, padding=1)
		self.down = nn.Conv1d(4, 4, 3, stride=2, padding=1)
		self.up1 = Up(4)

	def forward(self, x):
		x1 = self.inc(x)
		x2 = self.down(x1)
		return self.up1(x2, x1)
