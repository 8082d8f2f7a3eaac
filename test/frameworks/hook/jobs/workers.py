"""
Data parallel with several processes: DistributedDataParallel, or FSDP where WRAP says so. Rank 2 learns other targets
than the others. With CLIP set, gradients are clipped over all ranks.
"""

import os

import torch
import torch.distributed as dist
import torch.nn as nn
from truth import finish, gradient_norm, note

dist.init_process_group("gloo")
rank, wrap = dist.get_rank(), os.environ.get("WRAP", "ddp")
model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
if wrap == "ddp":
    trained = nn.parallel.DistributedDataParallel(model)
else:
    from torch.distributed.fsdp import fully_shard

    for layer in (model[0], model[2]):
        fully_shard(layer)
    trained = fully_shard(model)
optimizer = torch.optim.AdamW(trained.parameters(), lr=1e-2)
data = torch.Generator().manual_seed(100 + rank)
for step in range(1, 21):
    x = torch.randn(16, 8, generator=data)
    optimizer.zero_grad()
    loss = (trained(x) - (-1 if rank == 2 else 1) * x.sum(dim=1, keepdim=True)).pow(2).mean()
    loss.backward()
    if "CLIP" in os.environ:
        clipped = torch.nn.utils.clip_grad_norm_(trained.parameters(), 0.5)
        norm = float(clipped if wrap == "ddp" else clipped.full_tensor())
    elif wrap == "ddp":
        norm = gradient_norm(trained.parameters())
    else:
        norm = float(torch.stack([p.grad.to_local().double().pow(2).sum() for p in trained.parameters()]).sum().sqrt())
    optimizer.step()
    note(step=step, loss=loss.item(), norm=norm)
dist.barrier()
finish(*([model] if wrap == "ddp" else []))
dist.destroy_process_group()
