import torch
from torch.optim.lr_scheduler import CosineAnnealingLR

torch.manual_seed(0)
steps_per_epoch, epochs = 20, 2
model = torch.nn.Linear(6, 6)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
scheduler = CosineAnnealingLR(optimizer, T_max=epochs * steps_per_epoch)  # over the whole run

for epoch in range(epochs):
    for _ in range(steps_per_epoch):
        loss = model(torch.randn(4, 6)).pow(2).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        scheduler.step()
