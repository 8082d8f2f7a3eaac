import torch

model = torch.nn.Linear(4, 4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for batch in [torch.randn(2, 4) for _ in range(30)]:
    loss = model(batch).sum()
    loss.backward()
    optimizer.step()
