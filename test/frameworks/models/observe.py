"""Runs models before and after an edit, in one process, and reports what the edit did to them."""

import importlib.util
import json
import sys
import traceback

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)


def load(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def model_of(path):
    torch.manual_seed(0)
    return load(path, "model").Model()


def adopted(after, before):
    loaded = after.load_state_dict(before.state_dict(), strict=False)
    return {"missing": list(loaded.missing_keys), "unexpected": list(loaded.unexpected_keys)}


def trained(model, run, steps=5):
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(steps):
        loss = run(model)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    moved = all(p.grad is not None and bool(torch.isfinite(p.grad).all()) for p in model.parameters())
    return {"losses": losses, "trained": moved}


def grow(model, factor):
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.Linear):
                module.weight.mul_(factor)


class Logits:
    """The largest attention logit while it is active, whichever way attention is written."""

    def __init__(self):
        self.largest = 0.0

    def see(self, logits):
        finite = logits[torch.isfinite(logits)]
        self.largest = max(self.largest, float(finite.abs().max()))

    def __enter__(self):
        self.saved = F.scaled_dot_product_attention, F.softmax, torch.Tensor.softmax
        fused, softmax, method = self.saved

        def watched_fused(query, key, value, *args, **kwargs):
            self.see(query @ key.transpose(-2, -1) / query.shape[-1] ** 0.5)
            return fused(query, key, value, *args, **kwargs)

        def watched_softmax(x, *args, **kwargs):
            self.see(x)
            return softmax(x, *args, **kwargs)

        def watched_method(x, *args, **kwargs):
            self.see(x)
            return method(x, *args, **kwargs)

        F.scaled_dot_product_attention, F.softmax, torch.Tensor.softmax = watched_fused, watched_softmax, watched_method
        return self

    def __exit__(self, *_):
        F.scaled_dot_product_attention, F.softmax, torch.Tensor.softmax = self.saved


def attention(before_path, after_path):
    before, after = model_of(before_path), model_of(after_path)
    result = adopted(after, before)
    x = torch.randn(2, 8, 32)
    result.update(trained(after, lambda model: (model(x) - x).pow(2).mean()))
    for name, path in (("before", before_path), ("after", after_path)):
        model = model_of(path)
        grow(model, 10.0)
        with torch.no_grad(), Logits() as logits:
            model(x)
        result[name] = logits.largest
    return result


CHECKS = {"attention": attention}


def main(out, jobs):
    results = {}
    with open(jobs, encoding="utf-8") as file:
        for job in json.load(file):
            try:
                results[job["name"]] = CHECKS[job["check"]](job["before"], job["after"])
            except Exception:
                results[job["name"]] = {"error": traceback.format_exc()}
    with open(out, "w", encoding="utf-8") as file:
        json.dump(results, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
