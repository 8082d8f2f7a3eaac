import torch

torch.manual_seed(13)
model = torch.nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
scaler = torch.amp.GradScaler("cpu", growth_interval=3)
SEEN = []
for step in range(10):
    optimizer.zero_grad()
    SEEN.append(scaler.get_scale())
    scaler.scale(model(torch.randn(8, 4)).pow(2).mean()).backward()
    scaler.step(optimizer)
    scaler.update()
