import torch
import torch.nn as nn
import torch.nn.functional as F

optimizers = {"g": torch.optim.Adam(g.parameters()), "d": torch.optim.Adam(d.parameters())}
for x in loader:
    for optimizer in optimizers.values():
        optimizer.zero_grad()
    loss = g(x).mean()
    loss.backward()
    optimizers["g"].step()
