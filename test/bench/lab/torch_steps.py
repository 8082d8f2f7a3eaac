"""Times training steps of the lab's transformer in PyTorch: `torch_steps.py '{"model": {…}, "batch": 8, …}'`.

Prints the milliseconds of the fastest step for one thread and for two.
"""

import json
import pathlib
import sys
import time

import torch

sys.path.append(str(pathlib.Path(__file__).parents[2] / "frameworks" / "lab"))
from reference import transformer  # noqa: E402


def fastest(settings, threads):
    torch.set_num_threads(threads)
    model = settings["model"]
    weights = {name: (0.02 * torch.randn(shape)).requires_grad_() for name, shape in settings["shapes"].items()}
    optimizer = torch.optim.AdamW(weights.values(), lr=1e-3)
    best = float("inf")
    for step in range(settings["steps"]):
        tokens = torch.randint(0, settings["classes"], (settings["batch"], model["context"]))
        start = time.perf_counter()
        loss = torch.nn.functional.cross_entropy(transformer(model, weights, tokens), tokens.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step > 1:
            best = min(best, 1000 * (time.perf_counter() - start))
    return best


settings = json.loads(sys.argv[1])
print(json.dumps([fastest(settings, threads) for threads in (1, 2)]))
