"""One training loop for most runs of the corpus: it trains, logs what people log, and lets one fault in."""

import copy
import math

import torch

from faults import Fault
from layers import LayerSignals
from schedules import ReduceOnPlateau, schedule


def make_optimizer(name, parameters, lr, weight_decay, beta2):
    if name == "sgd":
        return torch.optim.SGD(parameters, lr=lr, momentum=0.9, weight_decay=weight_decay)
    if name == "plain-sgd":
        return torch.optim.SGD(parameters, lr=lr, weight_decay=weight_decay)
    made = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[name]
    return made(parameters, lr=lr, weight_decay=weight_decay, betas=(0.9, beta2))


class LossScaler:
    """Half precision of the gradients with a loss scale: static, or halved at an overflow and doubled after a while."""

    def __init__(self, scale, dynamic, growth_interval=100):
        self.scale, self.dynamic, self.interval = scale, dynamic, growth_interval
        self.good, self.skipped = 0, 0

    def unscale(self, model):
        """Rounds to half precision as it would have been computed; whether all gradients are finite."""
        finite = True
        for parameter in model.parameters():
            if parameter.grad is not None:
                parameter.grad.copy_(parameter.grad.half().float())
                finite = finite and bool(parameter.grad.isfinite().all())
                parameter.grad.div_(self.scale)
        return finite

    def skips(self, finite):
        if not self.dynamic:
            return False
        self.good = self.good + 1 if finite else 0
        if not finite:
            self.scale /= 2
            self.skipped += 1
        elif self.good >= self.interval:
            self.scale, self.good = self.scale * 2, 0
        return not finite


def evaluate(task, generator):
    task.model.eval()
    with torch.no_grad():
        batch = task.batch("eval", generator)
        row = {"eval/loss": task.loss(task.model, batch).item()}
        if task.classes:
            row["eval/accuracy"] = (task.model(batch[0]).argmax(-1) == batch[1]).float().mean().item()
    task.model.train()
    return row


def train(task, *, seed, steps, optimizer="adamw", lr=1e-3, weight_decay=0.0, beta2=0.999, kind="constant", warmup=0,
          clip=None, log_every=1, eval_every=0, log_gradient=True, log_lr=True, resume_at=None, fault=None, scaler=None,
          layers_every=0, accumulate=1, held_out_seed=77):
    """
    Trains and returns the logged rows. `resume_at`: (save, die): the state of step `save` is reloaded when step `die`
    is reached. `kind` "on-plateau" lowers the rate by the loss. `layers_every`: the inside of the network, too.
    """
    fault = fault or Fault()
    generator = torch.Generator().manual_seed(seed)
    held_out = torch.Generator().manual_seed(held_out_seed)
    model = task.model
    optimiser = make_optimizer(optimizer, model.parameters(), lr, weight_decay, beta2)
    layers = LayerSignals(model, layers_every) if layers_every else None
    on_plateau = ReduceOnPlateau() if kind == "on-plateau" else None
    rows, saved, previous, resumed = [], None, None, False
    step = 0
    while step < steps:
        usual = on_plateau.factor if on_plateau else schedule(kind, step, steps, warmup)
        factor = fault.rate(step, usual)
        for group in optimiser.param_groups:
            group["lr"] = lr * factor
        if resume_at and step == resume_at[0] and not resumed:
            saved = (copy.deepcopy(model.state_dict()), copy.deepcopy(optimiser.state_dict()))
        if resume_at and step == resume_at[1] and not resumed:
            model.load_state_dict(saved[0])
            optimiser.load_state_dict(saved[1])
            fault.resumed(optimiser)
            resumed, step = True, resume_at[0]
            continue
        model.train()
        if layers:
            layers.begin(step)
        optimiser.zero_grad()
        mean = 0.0
        for _ in range(accumulate):
            batch = fault.batch(step, task.at(step, generator), previous)
            previous = batch
            loss = fault.loss(step, task.loss(model, batch))
            (loss * (scaler.scale if scaler else 1) / accumulate).backward()
            mean += loss.item() / accumulate
        finite = scaler.unscale(model) if scaler else True
        fault.gradients(step, model)
        if layers:
            layers.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), clip if clip else float("inf"))
        if not (scaler and scaler.skips(finite)):
            optimiser.step()
        if on_plateau:
            on_plateau.push(mean)
        inside = layers.end() if layers else {}
        if step % log_every == 0:
            row = {"step": step, "train/loss": mean}
            if log_gradient:
                row["grad_norm"] = norm.item()
            if log_lr:
                row["learning_rate"] = lr * factor
            if scaler:
                row["loss_scale"] = scaler.scale
                row["skipped-steps"] = scaler.skipped
            rows.append(row | inside)
        if eval_every and (step + 1) % eval_every == 0:
            rows.append({"step": step} | evaluate(task, held_out))
        step += 1
    return rows


def in_epochs(rows, steps, renamed=None):
    """The same run as Keras and its like log it: means over epochs of so many steps."""
    epochs = {}
    for row in rows:
        epochs.setdefault(row["step"] // steps, []).append(row)
    kept = renamed or {"train/loss": "loss", "eval/loss": "val_loss", "eval/accuracy": "val_accuracy"}
    result = []
    for epoch, members in sorted(epochs.items()):
        row = {"epoch": epoch}
        for key, name in kept.items():
            values = [member[key] for member in members if key in member]
            if values:
                row[name] = sum(values) / len(values)
        result.append(row)
    return result


def in_means(rows, every):
    """The same run as trainers log it that average over their logging interval."""
    result, gathered = [], []
    for row in rows:
        if "train/loss" not in row:
            result.append(row)
            continue
        gathered.append(row)
        if len(gathered) == every:
            loss = sum(one["train/loss"] for one in gathered) / every
            result.append({**gathered[-1], "train/loss": loss})
            gathered = []
    return result


def renamed(rows, names):
    return [{names.get(key, key): value for key, value in row.items()} for row in rows]
