import torch
from torch import nn
from torch.amp import GradScaler


def evaluate(model, batches):
    model.eval()
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.float16):
        return sum(model(x).pow(2).mean().item() for x in batches)


def main():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    scaler = GradScaler("cpu", init_scale=1024.0)
    for step in range(40):
        model.train()
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.float16):
            loss = model(torch.randn(4, 8)).pow(2).mean()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
    evaluate(model, [torch.randn(4, 8)])


if __name__ == "__main__":
    main()
