"""A small U-Net whose levels have names; three skips."""
import torch
from torch import nn
import torch.nn.functional as F


class Model(nn.Module):
  def __init__(self):
    super().__init__()
    self.enc1 = nn.Conv1d(4, 8, 3, padding=1)
    self.enc2 = nn.Conv1d(8, 8, 3, padding=1)
    self.enc3 = nn.Conv1d(8, 8, 3, padding=1)
    self.middle = nn.Conv1d(8, 8, 3, padding=1)
    self.pool = nn.MaxPool1d(2)
    self.up3 = nn.ConvTranspose1d(8, 8, 2, 2)
    self.dec3 = nn.Conv1d(16, 8, 3, padding=1)
    self.up2 = nn.ConvTranspose1d(8, 8, 2, 2)
    self.dec2 = nn.Conv1d(16, 8, 3, padding=1)
    self.up1 = nn.ConvTranspose1d(8, 8, 2, 2)
    self.dec1 = nn.Conv1d(16, 4, 3, padding=1)

  def forward(self, x):
    e1 = self.enc1(x)
    e2 = self.enc2(self.pool(F.relu(e1)))
    e3 = self.enc3(self.pool(F.relu(e2)))
    x = self.middle(self.pool(F.relu(e3)))
    x = F.relu(self.dec3(torch.cat([self.up3(x), e3], dim=1)))
    x = F.relu(self.dec2(torch.cat([self.up2(x), e2], dim=1)))
    return self.dec1(torch.cat((self.up1(x), e1), 1))
