"""Runs the models of two files, before and after an edit, on the same input: what the edit did to the residual stream."""

import importlib.util
import json
import sys

import torch
import torch.nn as nn

torch.set_num_threads(1)


def load(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def variances(model, x):
    """Variance of the stream behind each block, the weights of the sub-layers made large as late in a run."""
    seen = []
    blocks = [m for m in model.modules() if isinstance(m, (nn.ModuleList, nn.Sequential)) and len(m) == 24][0]
    handles = [block.register_forward_hook(lambda _m, _i, out: seen.append(float(out.var()))) for block in blocks]
    with torch.no_grad():
        model(x)
    for handle in handles:
        handle.remove()
    return seen


def grow(model, factor=4.0):
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.Linear):
                module.weight.mul_(factor)
            elif isinstance(module, nn.MultiheadAttention):
                module.in_proj_weight.mul_(factor)


def main(before_path, after_path):
    torch.manual_seed(0)
    before = load(before_path, "before").Model()
    torch.manual_seed(0)
    after = load(after_path, "after").Model()
    x = torch.randn(2, 8, 32)
    loaded = after.load_state_dict(before.state_dict(), strict=False)
    result = {"missing": list(loaded.missing_keys), "unexpected": list(loaded.unexpected_keys)}
    optimizer = torch.optim.AdamW(after.parameters(), lr=1e-3)
    losses = []
    for _ in range(5):
        loss = (after(x) - x).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    result["losses"] = losses
    result["trained"] = all(p.grad is not None and bool(torch.isfinite(p.grad).all()) for p in after.parameters())
    for name, model in (("before", before), ("after", after)):
        grow(model)
        model.train()
        result[name] = variances(model, x)
        model.eval()
        result[f"{name} evaluated"] = variances(model, x)
    print(json.dumps(result))


main(*sys.argv[1:])
