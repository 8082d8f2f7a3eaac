"""Runs edited training scripts and holds what their optimizers do against the references.

    python prove.py OUT.json JOBS.json

A job is {"name", "script", "reference", "values"}. For every optimizer the raw gradients are taken where backward left
them (freed of the loss scale), those that the step sees at the step, and the weights before and after it. Each job comes
to {"error", "optimizers": [{"steps", "changed", "worst", "rates", ...}]}: how many steps there were, how many the
reference changes, how far the run strays from it at worst (relative), and what can be seen besides.
"""

import contextlib
import gc
import io
import json
import os
import runpy
import sys
import tempfile
import traceback

import numpy as np
import torch
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

import references

torch.set_num_threads(1)

#: Changes of a gradient that are more than rounding.
CHANGED = 1e-3


class Run:
    """What is seen of one script."""

    def __init__(self):
        self.optimizers = []
        self.scale = 1.0
        self.names = {}
        self.notes = []

    def of(self, optimizer):
        for known in self.optimizers:
            if known["optimizer"] is optimizer:
                return known
        known = {"optimizer": optimizer, "raw": None, "first": [], "passes": 0, "steps": []}
        self.optimizers.append(known)
        return known


run = Run()


def parameters(optimizer):
    return [p for group in optimizer.param_groups for p in group["params"]]


def copy(tensor):
    return None if tensor is None else tensor.detach().to(torch.float64).cpu().numpy().copy()


def name_parameters():
    """Names of the largest modules that hold the parameters."""
    modules = [m for m in gc.get_objects() if isinstance(m, torch.nn.Module)]
    for module in sorted(modules, key=lambda m: len(list(m.parameters()))):
        for name, parameter in module.named_parameters():
            run.names[id(parameter)] = name


def after_backward():
    for known in run.optimizers:
        known["raw"] = [copy(p.grad) for p in parameters(known["optimizer"])]
        if run.scale != 1.0:
            known["raw"] = [None if g is None else g / run.scale for g in known["raw"]]
        known["passes"] += 1
        if not known["first"]:
            known["first"] = [float(entry) for g in known["raw"] if g is not None for entry in g.flat]


def before_step(optimizer, args, kwargs):
    known = run.of(optimizer)
    if known["raw"] is None:
        known["raw"] = [copy(p.grad) for p in parameters(optimizer)]
    if not run.names:
        name_parameters()
    step = {
        "before": [copy(p) for p in parameters(optimizer)],
        "names": [run.names.get(id(p), "") for p in parameters(optimizer)],
    }
    known["steps"].append(step)
    closure = kwargs.get("closure") or next((argument for argument in args[1:] if callable(argument)), None)
    look(known, step)
    if closure is None:
        return None

    def seen_closure():
        # Lightning computes or changes the gradients in here.
        result = closure()
        look(known, step)
        return result

    return args[:1], {"closure": seen_closure}


def look(known, step):
    step["raw"] = known["raw"]
    step["seen"] = [copy(p.grad) for p in parameters(known["optimizer"])]
    step["rate"] = float(known["optimizer"].param_groups[0]["lr"])


def after_step(optimizer, args, kwargs):
    known = run.of(optimizer)
    step = known["steps"][-1]
    step["after"] = [copy(p) for p in parameters(optimizer)]
    counts = [float(s["step"]) for s in optimizer.state.values() if "step" in s]
    step["count"] = max(counts, default=0.0)


def patched_init(init):
    def wrapper(self, *args, **kwargs):
        init(self, *args, **kwargs)
        run.of(self)

    return wrapper


def patched_backward(backward):
    def wrapper(*args, **kwargs):
        result = backward(*args, **kwargs)
        after_backward()
        return result

    return wrapper


def patched_scale(scale):
    def wrapper(scaler, outputs):
        result = scale(scaler, outputs)
        run.scale = float(scaler.get_scale())
        return result

    return wrapper


torch.optim.Optimizer.__init__ = patched_init(torch.optim.Optimizer.__init__)
torch.Tensor.backward = patched_backward(torch.Tensor.backward)
torch.amp.GradScaler.scale = patched_scale(torch.amp.GradScaler.scale)
register_optimizer_step_pre_hook(before_step)
register_optimizer_step_post_hook(after_step)


def distance(ones, others):
    """Largest difference, relative to the largest entry of all."""
    pairs = [(a, b) for a, b in zip(ones, others) if a is not None or b is not None]
    if any((a is None) != (b is None) for a, b in pairs):
        return float("inf")
    scale = max((float(np.abs(b).max()) for _, b in pairs if b.size), default=0.0)
    worst = max((float(np.abs(a - b).max()) for a, b in pairs if a.size), default=0.0)
    return worst / scale if scale > 0 else worst


def against_gradients(steps, reference):
    worst = 0.0
    changed = 0
    for step in steps:
        present = [i for i, g in enumerate(step["raw"]) if g is not None]
        raw = [step["raw"][i] for i in present]
        expected = reference(raw, [step["before"][i] for i in present], [step["names"][i] for i in present])
        worst = max(worst, distance([step["seen"][i] for i in present], expected))
        changed += distance(expected, raw) > CHANGED
    return {"worst": worst, "changed": changed}


def against_updates(steps, reference):
    """Compares how far the weights move, not only where they end: steps are small against weights."""
    worst = 0.0
    for step in steps:
        expected = reference(step["before"], step[reference.gradients], step["rate"])
        moved = [a - b for a, b in zip(expected, step["before"])]
        scale = max(float(np.abs(m).max()) for m in moved)
        for a, b in zip(step["after"], expected):
            # Weights are kept in single precision, whatever their movement is.
            off = np.abs(a - b) - 2 * np.finfo(np.float32).eps * np.abs(b)
            worst = max(worst, float(off.max()) / scale if scale > 0 else 0.0)
    return {"worst": worst, "changed": getattr(reference, "changed", None)}


def judged(known, job):
    steps = [step for step in known["steps"] if "after" in step]
    optimizer = known["optimizer"]
    result = {
        "class": type(optimizer).__name__,
        "steps": len(steps),
        "passes": known["passes"],
        "firstPass": known["first"],
        "rates": [step["rate"] for step in steps],
        "counts": [step["count"] for step in steps],
        "norms": [
            float(np.sqrt(sum(float(np.sum(g**2)) for g in step["seen"] if g is not None))) for step in steps
        ],
        "settings": {
            key: value
            for key, value in optimizer.param_groups[0].items()
            if isinstance(value, (int, float, bool)) or key == "betas"
        },
    }
    name = job.get("reference")
    if name in references.GRADIENTS:
        result.update(against_gradients(steps, references.GRADIENTS[name](**job["values"])))
    elif name is not None:
        result.update(against_updates(steps, references.UPDATES[name](**job["values"])))
    return result


def work(job):
    global run
    run = Run()
    torch.manual_seed(0)
    error = None
    sys.argv = [job["script"]]
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            space = runpy.run_path(job["script"], run_name="__main__")
    except SystemExit:
        space = {}
    except BaseException:
        error = traceback.format_exc()
        space = {}
    stepped = [known for known in run.optimizers if known["steps"]]
    return {
        "error": error,
        "optimizers": [judged(known, job) for known in stepped],
        "printed": printed.getvalue(),
        "seen": json.loads(json.dumps(space.get("SEEN"))),
    }


def main(out, jobs):
    with open(jobs, encoding="utf-8") as file:
        todo = json.load(file)
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for job in todo:
            results[job["name"]] = work(job)
            gc.collect()
    with open(out, "w", encoding="utf-8") as file:
        json.dump(results, file)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
