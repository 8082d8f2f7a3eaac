import torch
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler

SEEN = []


def train_epoch(model, loader, optimizer):
    order = []
    for (inputs,) in loader:
        optimizer.zero_grad()
        model(inputs).pow(2).mean().backward()
        optimizer.step()
        order.extend(inputs[:, 0].tolist())
    SEEN.append(order)


torch.manual_seed(9)
data = TensorDataset(torch.arange(24.0).reshape(24, 1))
sampler = DistributedSampler(data, num_replicas=2, rank=0)
loader = DataLoader(data, batch_size=4, sampler=sampler)
model = torch.nn.Linear(1, 1)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(3):
    # one pass over this rank's share
    train_epoch(model, loader, optimizer)
