import torch
import torch.nn as nn
import torch.nn.functional as F

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x, y in loader:
	optimizer.zero_grad()
	F.mse_loss(model(x), y).backward()
	optimizer.step()
