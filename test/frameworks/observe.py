"""Runs training scripts and writes down what their optimizers really did.

    python observe.py OUT.json SCRIPT...

For every optimizer step: which optimizer, the learning rate of its first group, and the global norm of its gradients as
the step sees them. Also how often gradients were clipped. Nothing in the scripts is changed.
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

steps = []
clips = []
names = {}


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
    steps.append(
        {
            "optimizer": optimizer_name(optimizer),
            "rate": float(optimizer.param_groups[0]["lr"]),
            "norm": None if has_closure else gradient_norm(optimizer),
        }
    )


def counted(clip):
    def wrapper(parameters, max_norm, *args, **kwargs):
        parameters = [parameters] if isinstance(parameters, torch.Tensor) else list(parameters)
        before = clip(parameters, max_norm, *args, **kwargs)
        if math.isinf(max_norm):
            # Some libraries only ask for the norm this way.
            return before
        after = math.sqrt(sum(p.grad.detach().float().pow(2).sum().item() for p in parameters if p.grad is not None))
        clips.append({"before": float(before), "after": after, "limit": float(max_norm)})
        return before

    return wrapper


register_optimizer_step_pre_hook(before_step)
wrapped = counted(torch.nn.utils.clip_grad_norm_)
torch.nn.utils.clip_grad_norm_ = wrapped
torch.nn.utils.clip_grad.clip_grad_norm_ = wrapped


def observe(script):
    steps.clear()
    clips.clear()
    names.clear()
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
        by_optimizer[step["optimizer"]].append({"rate": step["rate"], "norm": step["norm"]})
    return {"error": error, "optimizers": list(by_optimizer.values()), "clips": list(clips)}


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
