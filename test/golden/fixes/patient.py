import torch

model = torch.nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
best, patience, waited = float("inf"), 40, 0
for epoch in range(30):
    for _ in range(5):
        optimizer.zero_grad()
        model(torch.randn(4, 3)).pow(2).mean().backward()
        optimizer.step()
    with torch.no_grad():
        valid_loss = model(torch.randn(4, 3)).pow(2).mean().item()
    waited = 0 if valid_loss < best else waited + 1
    best = min(best, valid_loss)
    if waited == patience:
        break
