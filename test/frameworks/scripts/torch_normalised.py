import torch
from torch import nn, optim

torch.manual_seed(7)
model = nn.Sequential(
    nn.Linear(6, 16, bias=False),
    nn.LayerNorm(16),
    nn.ReLU(),
    nn.Linear(16, 2),
)
optimizer = optim.AdamW(
    model.parameters(),
    lr=1e-2,  # high, so that weights grow
    weight_decay=0.01,
)

for step in range(30):
    inputs = torch.randn(32, 6)
    loss = nn.functional.mse_loss(model(inputs), inputs[:, :2])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
