import torch
scaler = torch.amp.GradScaler()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for x, y in loader:
    with torch.autocast("cuda"):
        loss = l1(x) + l2(y)
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
