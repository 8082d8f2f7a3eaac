import os
import torch, torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler

SEED = 42
EPOCHS = 5

dist.init_process_group("nccl")
local_rank = int(os.environ["LOCAL_RANK"])
torch.manual_seed(SEED)
from my_project import build_model, build_data  # noqa: E402

model = DistributedDataParallel(build_model().to(local_rank), device_ids=[local_rank])
data = build_data()
loader = DataLoader(data, batch_size=64, sampler=DistributedSampler(data, seed=SEED), num_workers=4)
optimizer = torch.optim.AdamW(
    model.parameters(),
    lr=3e-4,
    betas=(0.9, 0.999),
    weight_decay=0.1,  # as in the paper
)
scaler = torch.amp.GradScaler("cuda", init_scale=2048, growth_interval=500)
for epoch in range(EPOCHS):
    for step, batch in enumerate(loader):
        with torch.autocast("cuda", dtype=torch.float16):
            loss = model(**batch).loss
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad(set_to_none=True)
    if local_rank == 0:
        torch.save(model.module.state_dict(), f"epoch{epoch}.pt")
