import torch
import torch.nn as nn
import torch.nn.functional as F

from lightning.fabric import Fabric
fabric = Fabric(precision="bf16-mixed")
model, optimizer = fabric.setup(model, torch.optim.AdamW(model.parameters(), lr=1e-3))
for batch in loader:
    optimizer.zero_grad()
    loss = model(batch)
    fabric.backward(loss)
    fabric.clip_gradients(model, optimizer, max_norm=1.0)
    optimizer.step()
