import torch
import torch.nn as nn
import torch.nn.functional as F

import schedulefree
optimizer = schedulefree.AdamWScheduleFree(model.parameters(), lr=2.5e-3, warmup_steps=500)
for epoch in range(10):
    model.train()
    optimizer.train()
    for x, y in loader:
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
