import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
model[0].bias.data[:16] -= 100.0  # silent for every input
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

losses = []
for step in range(40):
    inputs = torch.randn(64, 6)
    loss = (model(inputs) - inputs[:, :1]).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

with torch.no_grad():
    SEEN = [int((model[:2](torch.randn(512, 6)) <= 0).all(0).sum()), losses]
