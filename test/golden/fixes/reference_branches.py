import torch


def train_one_epoch(model, criterion, optimizer, data_loader, epoch, scaler=None):
    model.train()
    for i, (image, target) in enumerate(data_loader):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=scaler is not None):
            output = model(image)
            loss = criterion(output, target)

        optimizer.zero_grad()
        if scaler is not None:
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
        else:
            loss.backward()
            optimizer.step()


def main(amp):
    torch.manual_seed(0)
    model = torch.nn.Linear(6, 3)
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(parameters, lr=0.02, momentum=0.9)
    scaler = torch.amp.GradScaler("cpu") if amp else None
    lr_scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[2, 3], gamma=0.1)
    data_loader = [(torch.randn(4, 6), torch.randint(3, (4,))) for _ in range(15)]
    for epoch in range(4):
        train_one_epoch(model, torch.nn.CrossEntropyLoss(), optimizer, data_loader, epoch, scaler)
        lr_scheduler.step()


if __name__ == "__main__":
    main(amp=True)
    main(amp=False)
