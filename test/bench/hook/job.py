"""A GPT (of 10.8 million parameters, unless CONTEXT, BATCH, WIDTH or LAYERS say otherwise) that takes as many steps as it
is told on stdin, and says what they cost: `own` seconds of it by the hook's own account.

`WATCHED` says who watches: `no` one, Evenkeel's `hook` (which the environment loads), `histograms` of every weight and
gradient at every step in the manner of wandb.watch(log="all", log_freq=1), or `everything`: size, spread and largest
element of every weight and gradient read at every step.
"""

import json
import os
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)
torch.manual_seed(0)
CONTEXT, BATCH = int(os.environ.get("CONTEXT", 128)), int(os.environ.get("BATCH", 2))
WIDTH, LAYERS, HEADS, VOCABULARY = int(os.environ.get("WIDTH", 384)), int(os.environ.get("LAYERS", 6)), 6, 128


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.c_attn, self.c_proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.act, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x):
        batch, time_, _ = x.shape
        q, k, v = (t.view(batch, time_, HEADS, -1).transpose(1, 2) for t in self.c_attn(self.ln_1(x)).split(WIDTH, dim=2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.c_proj(y.transpose(1, 2).reshape(batch, time_, WIDTH))
        return x + self.down(self.act(self.up(self.ln_2(x))))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        self.h = nn.Sequential(*(Block() for _ in range(LAYERS)))
        self.ln_f, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, VOCABULARY, bias=False)

    def forward(self, tokens, targets):
        x = self.h(self.wte(tokens) + self.wpe(torch.arange(CONTEXT, device=tokens.device)))
        return F.cross_entropy(self.head(self.ln_f(x)).flatten(0, 1), targets.flatten())


def histogram(tensor):
    """64 bins between the smallest and the largest element, as wandb takes them."""
    flat = tensor.detach().reshape(-1).float()
    low, high = flat.min().item(), flat.max().item()
    counts = torch.histc(flat, bins=64, min=low, max=high)
    return {"bins": torch.linspace(low, high, 65).tolist(), "counts": counts.tolist()}


def read(tensor):
    flat = tensor.detach().float()
    return {"norm": flat.norm().item(), "mean": flat.mean().item(), "std": flat.std().item(), "absmax": flat.abs().max().item()}


def watcher():
    """What is done with the model after each backward pass."""
    kind = os.environ.get("WATCHED", "no")
    look = {"histograms": histogram, "everything": read}.get(kind)
    if look is None:
        return lambda model, loss: None
    file = open(os.path.join(os.environ["SCRATCH"], f"{kind}.jsonl"), "w", encoding="utf-8")

    def watch(model, loss):
        row = {"loss": loss.item()}
        for name, parameter in model.named_parameters():
            row[f"parameters/{name}"] = look(parameter)
            row[f"gradients/{name}"] = look(parameter.grad)
        file.write(json.dumps(row) + "\n")

    return watch


def main():
    device = os.environ.get("DEVICE", "cpu")
    model = GPT().to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4)
    data = torch.randint(0, VOCABULARY, (BATCH, CONTEXT + 1), generator=torch.Generator().manual_seed(1)).to(device)
    watch = watcher()
    print(json.dumps({"parameters": sum(p.numel() for p in model.parameters()), "torch": torch.__version__}), flush=True)
    for line in sys.stdin:
        if device == "cuda":
            torch.cuda.synchronize()
        wall, processor = time.perf_counter(), time.process_time()
        for _ in range(int(line)):
            optimizer.zero_grad(set_to_none=True)
            loss = model(data[:, :-1], data[:, 1:])
            loss.backward()
            watch(model, loss)
            optimizer.step()
        if device == "cuda":
            torch.cuda.synchronize()
        took = {"wall": time.perf_counter() - wall, "processor": time.process_time() - processor}
        hook = sys.modules.get("evenkeel")
        print(json.dumps({**took, "own": hook and hook._watcher.ledger.spent}), flush=True)


main()
