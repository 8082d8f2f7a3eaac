import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Conv1d(3, 4, 3), nn.Flatten(), nn.Linear(24, 8), nn.ReLU(), nn.Linear(8, 2))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)

for step in range(40):
    inputs = torch.randn(16, 3, 8)
    if step in (20, 30):
        inputs = inputs * 30  # a bad batch
    loss = nn.functional.mse_loss(model(inputs), torch.ones(16, 2))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
