"""Runs training scripts and writes down what their optimizers really did.

    python observe.py OUT.json SCRIPT...

For every optimizer step: which optimizer, the learning rate of its first group, the global norm of its gradients as the
step sees them, and what it still knows of earlier gradients. Also how often gradients were clipped, in which precision
the forward pass ran, and whether the weights are numbers in the end. Nothing in the scripts is changed; but where the
variant is "poisoned" (name.poisoned.py), the third backward pass of the run gives NaN.
"""

import collections
import json
import math
import os
import runpy
import sys
import tempfile
import traceback

import torch
from torch.optim.optimizer import register_optimizer_step_pre_hook

torch.set_num_threads(1)

POISONED_PASS = 3

steps = []
clips = []
casts = []
scalings = []
names = {}
passes = {"count": 0, "poisoned": False}


def optimizer_name(optimizer):
    # Accelerate and others wrap; the hook sees the real optimizer.
    return names.setdefault(id(optimizer), (f"{type(optimizer).__name__}-{len(names)}", optimizer))[0]


def gradient_norm(optimizer):
    total = 0.0
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            if parameter.grad is not None:
                total += parameter.grad.detach().float().pow(2).sum().item()
    return math.sqrt(total)


def before_step(optimizer, args, kwargs):
    # With a closure the gradients come only inside the step.
    has_closure = any(callable(argument) for argument in (*args, *kwargs.values()))
    norm = None if has_closure else gradient_norm(optimizer)
    steps.append(
        {
            "optimizer": optimizer_name(optimizer),
            "class": type(optimizer).__name__,
            "rate": float(optimizer.param_groups[0]["lr"]),
            "norm": norm if norm is not None and math.isfinite(norm) else None,
            "finite": norm is None or math.isfinite(norm),
            "memory": memory(optimizer),
        }
    )


def memory(optimizer):
    """Largest entry of all buffers, and the largest step counter; None before the first step."""
    if not optimizer.state:
        return None
    buffers = [v for state in optimizer.state.values() for k, v in state.items() if torch.is_tensor(v) and k != "step"]
    counts = [float(state["step"]) for state in optimizer.state.values() if "step" in state]
    largest = max((v.detach().abs().max().item() for v in buffers if v.numel() > 0), default=0.0)
    return {"largest": largest if math.isfinite(largest) else None, "count": max(counts, default=0.0)}


def weights_are_finite():
    return all(
        torch.isfinite(parameter.detach()).all().item()
        for _, optimizer in names.values()
        for group in optimizer.param_groups
        for parameter in group["params"]
    )


def poisonable(backward):
    def wrapper(loss, gradient=None, *args, **kwargs):
        passes["count"] += 1
        if passes["poisoned"] and passes["count"] == POISONED_PASS:
            gradient = torch.full_like(loss, math.nan)
        return backward(loss, gradient, *args, **kwargs)

    return wrapper


def noted_cast(enter):
    def wrapper(cast, *args, **kwargs):
        if cast._enabled:
            casts.append(str(cast.fast_dtype))
        return enter(cast, *args, **kwargs)

    return wrapper


def noted_scaling(step):
    def wrapper(scaler, *args, **kwargs):
        scalings.append(scaler.is_enabled())
        return step(scaler, *args, **kwargs)

    return wrapper


def counted(clip):
    def wrapper(parameters, max_norm, *args, **kwargs):
        parameters = [parameters] if isinstance(parameters, torch.Tensor) else list(parameters)
        before = clip(parameters, max_norm, *args, **kwargs)
        if math.isinf(max_norm) or not math.isfinite(before):
            # Some libraries only ask for the norm this way; and nothing bounds what is no number.
            return before
        after = math.sqrt(sum(p.grad.detach().float().pow(2).sum().item() for p in parameters if p.grad is not None))
        clips.append({"before": float(before), "after": after, "limit": float(max_norm)})
        return before

    return wrapper


register_optimizer_step_pre_hook(before_step)
wrapped = counted(torch.nn.utils.clip_grad_norm_)
torch.nn.utils.clip_grad_norm_ = wrapped
torch.nn.utils.clip_grad.clip_grad_norm_ = wrapped
torch.Tensor.backward = poisonable(torch.Tensor.backward)
torch.autocast.__enter__ = noted_cast(torch.autocast.__enter__)
torch.amp.GradScaler.step = noted_scaling(torch.amp.GradScaler.step)


def observe(script):
    steps.clear()
    clips.clear()
    casts.clear()
    scalings.clear()
    names.clear()
    passes.update(count=0, poisoned=os.path.basename(script).split(".")[1].startswith("poisoned"))
    torch.manual_seed(0)
    error = None
    sys.argv = [script]
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit:
        pass
    except BaseException:
        error = traceback.format_exc()
    by_optimizer = collections.defaultdict(list)
    for step in steps:
        by_optimizer[step["optimizer"]].append(step)
    return {
        "error": error,
        "optimizers": list(by_optimizer.values()),
        "clips": list(clips),
        "casts": list(casts),
        "scalings": list(scalings),
        "finite": weights_are_finite(),
    }


def main(out, scripts):
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for script in scripts:
            results[os.path.basename(script)] = observe(script)
    with open(out, "w", encoding="utf-8") as file:
        json.dump(results, file)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), [os.path.abspath(script) for script in sys.argv[2:]])
