import torch
from lightning.fabric import Fabric

fabric = Fabric(accelerator="cpu")
model = torch.nn.Linear(2, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model, optimizer = fabric.setup(model, optimizer)
for epoch in range(3):
    for batch in [torch.randn(2, 2)] * 10:
        optimizer.zero_grad()
        loss = model(batch).sum()
        fabric.backward(loss)
        optimizer.step()
