"""A codebook that is a bare parameter, compared by cdist."""
import torch
from torch import nn
from torch.nn import functional as F


class Codes(nn.Module):
	def __init__(self, count, dim):
		super().__init__()
		self.codebook = nn.Parameter(torch.randn(count, dim))

	def forward(self, z):
		indices = torch.cdist(z, self.codebook).argmin(dim=-1)
		quantized = self.codebook[indices]
		loss = F.mse_loss(quantized, z.detach()) + 0.25 * F.mse_loss(quantized.detach(), z)
		return z + (quantized - z).detach(), loss, indices

	def get_codebook_entry(self, indices):
		return self.codebook[indices]


quantizer = Codes(64, 8)
