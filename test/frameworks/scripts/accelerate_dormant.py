import torch
from accelerate import Accelerator
from torch import nn

torch.manual_seed(0)
accelerator = Accelerator(gradient_accumulation_steps=2, cpu=True)
model = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
model[0].bias.data[:16] -= 100.0  # silent for every input
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.randn(80 * 32, 6)), batch_size=32)
model, optimizer, data = accelerator.prepare(model, optimizer, data)

losses = []
for (inputs,) in data:
    with accelerator.accumulate(model):
        loss = (model(inputs) - inputs[:, :1]).pow(2).mean()
        accelerator.backward(loss)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())

with torch.no_grad():
    SEEN = [int((model[:2](torch.randn(512, 6)) <= 0).all(0).sum()), losses]
