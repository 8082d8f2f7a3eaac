"""Learning-rate schedules: the factor on the peak rate."""

import math


def schedule(kind, step, total, warmup):
    """The factor on the peak learning rate at `step`, from 0."""
    if step < warmup:
        return (step + 1) / warmup
    share = (step - warmup) / max(1, total - warmup)
    if kind == "constant":
        return 1.0
    if kind == "cosine":
        return 0.5 * (1 + math.cos(math.pi * share))
    if kind == "linear":
        return 1 - share
    if kind == "wsd":
        return 1.0 if share < 0.75 else max(0.0, 1 - (share - 0.75) / 0.25)
    if kind == "restarts":
        return 0.5 * (1 + math.cos(math.pi * (share * 3 % 1)))
    if kind == "milestones":
        return 0.1 ** ((share > 0.5) + (share > 0.8))
    if kind == "one-cycle":
        return 0.04 + 0.96 * math.sin(math.pi * share) ** 2
    if kind == "inverse-root":
        return math.sqrt(max(1, warmup) / (step + 1))
    raise ValueError(kind)


class ReduceOnPlateau:
    """Halves the rate when the mean of the last losses has not improved for a while."""

    def __init__(self, patience=60):
        self.factor, self.best, self.waited, self.patience, self.smooth = 1.0, math.inf, 0, patience, None

    def push(self, loss):
        self.smooth = loss if self.smooth is None else 0.95 * self.smooth + 0.05 * loss
        if self.smooth < 0.995 * self.best:
            self.best, self.waited = self.smooth, 0
        else:
            self.waited += 1
        if self.waited > self.patience:
            self.factor, self.waited = self.factor / 2, 0
