import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

torch.manual_seed(0)
model = torch.nn.Linear(6, 1)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
scheduler = ReduceLROnPlateau(optimizer, mode='min', factor=0.5, patience=1)
for epoch in range(5):
    for _ in range(10):
        optimizer.zero_grad()
        loss = model(torch.randn(4, 6)).pow(2).mean()
        loss.backward()
        optimizer.step()
    scheduler.step(1.0)
