import json
import os
import sys
import tempfile

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel as DDP


def train(rank, folder):
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    torch.manual_seed(10)
    model = DDP(torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Dropout(0.5)))
    start = [p.tolist() for p in model.parameters()]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    noise = []
    for _ in range(3):
        inputs = torch.randn(2, 4)
        noise.append(inputs.tolist())
        optimizer.zero_grad()
        model(inputs).pow(2).mean().backward()
        optimizer.step()
    with open(os.path.join(folder, f"rank{rank}.json"), "w") as file:
        json.dump({"start": start, "noise": noise, "end": [p.tolist() for p in model.parameters()]}, file)
    dist.destroy_process_group()


if len(sys.argv) == 3:
    train(int(sys.argv[1]), sys.argv[2])
else:
    import subprocess

    with tempfile.TemporaryDirectory() as meeting:
        ranks = [subprocess.Popen([sys.executable, __file__, str(rank), meeting]) for rank in range(2)]
        for process in ranks:
            assert process.wait(timeout=300) == 0
        SEEN = [json.load(open(os.path.join(meeting, f"rank{rank}.json"))) for rank in range(2)]
