"""Two optimizers that follow one loss, each with its own half of the model; Lion for the second; batches from a loader."""

import os

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset
from truth import finish, gradient_norm, note


class Lion(torch.optim.Optimizer):
    """The sign of an interpolated momentum (arXiv 2302.06675)."""

    def __init__(self, parameters, lr, weight_decay):
        super().__init__(parameters, {"lr": lr, "betas": (0.9, 0.99), "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for parameter in group["params"]:
                momentum = self.state[parameter].setdefault("exp_avg", torch.zeros_like(parameter))
                direction = momentum.mul(group["betas"][0]).add(parameter.grad, alpha=1 - group["betas"][0]).sign_()
                parameter.mul_(1 - group["lr"] * group["weight_decay"]).sub_(group["lr"] * direction)
                momentum.lerp_(parameter.grad, 1 - group["betas"][1])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Linear(6, 24), nn.Linear(24, 1)

    def forward(self, x):
        return self.head(torch.tanh(self.body(x)))


if __name__ == "__main__":
    model = Net()
    first = torch.optim.AdamW(model.body.parameters(), lr=1e-2)
    second = Lion(model.head.parameters(), lr=1e-3, weight_decay=0.1)
    clip = os.environ.get("CLIP")
    x = torch.randn(40, 6, generator=torch.Generator().manual_seed(1))
    workers = int(os.environ.get("WORKERS", "0"))
    loader = DataLoader(TensorDataset(x, x.sum(dim=1, keepdim=True)), batch_size=8, num_workers=workers)
    held_out = DataLoader(TensorDataset(x[:8], x[:8].sum(dim=1, keepdim=True)), batch_size=4)
    step = 0
    for epoch in range(4):
        for inputs, targets in loader:
            step += 1
            loss = (model(inputs) - targets).pow(2).mean()
            first.zero_grad()
            second.zero_grad()
            loss.backward()
            norm = gradient_norm(model.parameters())
            if clip == "together":
                torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            elif clip == "apart":
                torch.nn.utils.clip_grad_norm_(model.body.parameters(), 0.5)
                torch.nn.utils.clip_grad_norm_(model.head.parameters(), 0.5)
            clipped = gradient_norm(model.parameters())
            largest, weights = float(model.head.weight.detach().abs().max()), float(torch.cat([p.detach().flatten() for p in model.parameters()]).norm())
            first.step()
            second.step()
            note(step=step, loss=loss.item(), norm=norm, clipped=clipped, epoch=step / len(loader), largest=largest, weights=weights)
        with torch.no_grad():
            for inputs, targets in held_out:
                model(inputs)
    finish(model)
