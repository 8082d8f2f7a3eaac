import lightning as L
import torch

torch.manual_seed(4)
fabric = L.Fabric(accelerator="cpu", devices=1)
model = torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
model, optimizer = fabric.setup(model, optimizer)

for step in range(40):
    batch = torch.randn(8, 6) * (30 if step in (20, 30) else 1)
    optimizer.zero_grad()
    loss = (model(batch) - 1).pow(2).mean()
    fabric.backward(loss)
    optimizer.step()
