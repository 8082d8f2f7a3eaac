import torch
from torch.distributed.fsdp import FullyShardedDataParallel as FSDP


def fsdp_main(rank, batches):
    model = torch.nn.Linear(4, 4).to(rank)
    model = FSDP(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    for batch in batches:
        optimizer.zero_grad()
        loss = model(batch).sum()
        loss.backward()
        optimizer.step()
