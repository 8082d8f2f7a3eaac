"""Linear regression, the short way."""
from torch import manual_seed, nn, optim, randn

manual_seed(0)
model = nn.Linear(2, 1)
optimizer = optim.Adam(model.parameters(), 1e-2)
for epoch in range(40):
    optimizer.zero_grad()
    loss = (model(randn(16, 2)) - randn(16, 1)).square().mean()
    loss.backward()
    optimizer.step()
