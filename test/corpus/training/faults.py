"""Causes that can be let into a run: each changes one thing from step `at` on."""

import math

import torch


class Fault:
    """Does nothing."""

    def __init__(self, at=0, strength=1.0):
        self.at = at
        self.strength = strength

    def rate(self, step, factor):
        return factor

    def batch(self, step, batch, previous):
        return batch

    def loss(self, step, loss):
        return loss

    def gradients(self, step, model):
        pass

    def resumed(self, optimiser):
        pass


class CorruptedBatch(Fault):
    """One batch as a broken loader gives it: targets shuffled, real-valued inputs scaled."""

    def batch(self, step, batch, previous):
        if step != self.at:
            return batch
        inputs, targets = batch
        shuffled = targets.flip(-1) if targets.dim() > 1 else targets.roll(1)
        return (inputs * self.strength if inputs.is_floating_point() else inputs), shuffled


class ShuffledTargets(Fault):
    """Inputs and targets no longer belong together."""

    def batch(self, step, batch, previous):
        return batch if step < self.at else (batch[0], batch[1].roll(1, 0))


class StaleBatch(Fault):
    """The loader hangs: the same batch again and again."""

    def batch(self, step, batch, previous):
        return batch if step < self.at or previous is None else previous


class NanInput(Fault):
    """One batch holds inputs that are not numbers."""

    def batch(self, step, batch, previous):
        return (batch[0] * float("nan"), batch[1]) if step == self.at else batch


class UnscaledInputs(Fault):
    """The normalisation of the inputs is lost."""

    def batch(self, step, batch, previous):
        return batch if step < self.at else (batch[0] * self.strength, batch[1])


class LossTimes(Fault):
    """The loss is a sum in place of a mean from here on; the log shows what is trained on."""

    def loss(self, step, loss):
        return loss if step < self.at else loss * self.strength


class LogarithmOfZero(Fault):
    """A term of the loss that is not a number for one batch."""

    def loss(self, step, loss):
        return loss + torch.log(loss.detach() * 0) * 0 if step == self.at else loss


class GradientTimes(Fault):
    """One step whose gradient is far too large."""

    def gradients(self, step, model):
        if step == self.at:
            for parameter in model.parameters():
                if parameter.grad is not None:
                    parameter.grad.mul_(self.strength)


class VanishedGradients(Fault):
    """The graph is cut: nearly nothing comes back."""

    def gradients(self, step, model):
        if step >= self.at:
            for parameter in model.parameters():
                if parameter.grad is not None:
                    parameter.grad.mul_(self.strength)


class RateTimes(Fault):
    """The learning rate is wrong for three steps."""

    def rate(self, step, factor):
        return factor * self.strength if self.at <= step < self.at + 3 else factor


class RateTimesForGood(Fault):
    """The learning rate is wrong from here on."""

    def rate(self, step, factor):
        return factor * self.strength if step >= self.at else factor


class RateGrows(Fault):
    """A schedule that multiplies where it should divide: the rate doubles every `strength` steps."""

    def rate(self, step, factor):
        return factor if step < self.at else factor * 2 ** min((step - self.at) / self.strength, 12)


class LostOptimizerState(Fault):
    """The checkpoint held the weights alone: moments are built anew, and reach full size in one step."""

    def resumed(self, optimiser):
        optimiser.state.clear()


class LostWeights(Fault):
    """The checkpoint was not that of this model: a part of the weights is as it was drawn."""

    def __init__(self, at=0, strength=1.0, model=None):
        super().__init__(at, strength)

    def resumed(self, optimiser):
        optimiser.state.clear()
        with torch.no_grad():
            for parameter in optimiser.param_groups[0]["params"][-2:]:
                parameter.copy_(torch.randn_like(parameter) / math.sqrt(parameter.shape[-1]))
