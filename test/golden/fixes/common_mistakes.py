import torch

model = torch.nn.Linear(4, 4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10)
scaler = torch.amp.GradScaler("cpu")
batches = [torch.randn(2, 4) for _ in range(30)]


def clipped_while_scaled():
    for batch in batches:
        optimizer.zero_grad()
        scaler.scale(model(batch).sum()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()


def clipped_every_batch():
    for i, batch in enumerate(batches):
        model(batch).sum().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        if (i + 1) % 4 == 0:
            optimizer.step()
            optimizer.zero_grad()


def scheduled_first():
    for batch in batches:
        optimizer.zero_grad()
        model(batch).sum().backward()
        scheduler.step()
        optimizer.step()


def cleared_too_late():
    for batch in batches:
        model(batch).sum().backward()
        optimizer.zero_grad()
        optimizer.step()
