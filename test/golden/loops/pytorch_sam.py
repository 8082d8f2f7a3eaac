import torch
import torch.nn as nn
import torch.nn.functional as F

optimizer = SAM(model.parameters(), torch.optim.SGD, lr=0.1)
for x, y in loader:
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    optimizer.first_step(zero_grad=True)
    F.cross_entropy(model(x), y).backward()
    optimizer.second_step(zero_grad=True)
    optimizer.step()
