import torch
from torch import nn


def train(model, optimizer, inputs, targets):
    model.train()
    for x, y in zip(inputs.split(4), targets.split(4)):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()


@torch.no_grad()
def evaluate(model, inputs, targets):
    model.eval()
    return nn.functional.mse_loss(model(inputs), targets).item()


def main():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 128), nn.Tanh(), nn.Linear(128, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    inputs, targets = torch.randn(16, 6), torch.randn(16, 1)
    history = []
    for epoch in range(80):
        train(model, optimizer, inputs, targets)
        val_loss = evaluate(model, torch.randn(64, 6), torch.randn(64, 1))
        history.append(val_loss)
        print(f"epoch {epoch}: {val_loss:.3f}")


if __name__ == "__main__":
    main()
