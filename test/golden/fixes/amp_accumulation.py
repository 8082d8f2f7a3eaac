import torch
from torch import nn
from torch.amp import GradScaler, autocast


def train(model, loader, optimizer, scaler, accum_steps=4):
    loss_fn = nn.CrossEntropyLoss()
    model.train()
    optimizer.zero_grad()
    for i, (x, y) in enumerate(loader):
        with autocast("cpu", dtype=torch.bfloat16):
            loss = loss_fn(model(x), y) / accum_steps
        scaler.scale(loss).backward()

        if (i + 1) % accum_steps == 0:
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()


def main():
    torch.manual_seed(0)
    model = nn.Linear(10, 4)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    scaler = GradScaler("cpu")
    loader = [(torch.randn(8, 10), torch.randint(4, (8,))) for _ in range(80)]
    for epoch in range(2):
        train(model, loader, optimizer, scaler)


if __name__ == "__main__":
    main()
