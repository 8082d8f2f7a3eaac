import torch
import torch.nn as nn
import torch.nn.functional as F

def step(x, y):
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss

compiled_step = torch.compile(step)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4)
for x, y in loader:
    compiled_step(x, y)
