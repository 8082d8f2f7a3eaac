import lightning as L
import torch
from torch import nn

torch.manual_seed(0)
fabric = L.Fabric(accelerator="cpu", devices=1)
net = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
net[0].bias.data[:16] -= 100.0  # silent for every input
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
model, optimizer = fabric.setup(net, optimizer)

losses = []
for step in range(40):
    inputs = torch.randn(64, 6)
    optimizer.zero_grad()
    loss = (model(inputs) - inputs[:, :1]).pow(2).mean()
    fabric.backward(loss)
    optimizer.step()
    losses.append(loss.item())

with torch.no_grad():
    SEEN = [int((net[:2](torch.randn(512, 6)) <= 0).all(0).sum()), losses]
