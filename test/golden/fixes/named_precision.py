import torch
from torch.cuda.amp import autocast, GradScaler

dtype = torch.float16
scaler = GradScaler(enabled=dtype == torch.float16)
model = torch.nn.Linear(4, 1)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)

for step in range(100):
    with torch.autocast(device_type="cpu", dtype=dtype):
        loss = model(torch.randn(4, 4)).pow(2).mean()
    with autocast(enabled=True):
        penalty = model.weight.pow(2).sum()
    optimizer.zero_grad()
    scaler.scale(loss + penalty).backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
