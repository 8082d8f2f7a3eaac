"""What a hook would log of the inside of a network, under the names that the product's roles know."""

import torch
from torch import nn

TAU = 0.025  # a unit below this share of its layer's mean activity is dormant (Sokar et al.)


class LayerSignals:
    """Statistics of activations, gradients, weights and updates, gathered in the steps that are logged."""

    def __init__(self, model, every):
        self.model = model
        self.every = every
        self.active = False
        self.row = {}
        self.before = {}
        for name, module in model.named_modules():
            if isinstance(module, (nn.ReLU, nn.GELU, nn.Tanh, nn.Sigmoid)) or hasattr(module, "attend"):
                module.register_forward_hook(lambda module, _, output, name=name: self.activation(name, module, output))
        model.register_forward_hook(lambda module, _, output: self.logits(output))

    def begin(self, step):
        self.active = step % self.every == 0
        self.row = {}
        if self.active:
            self.before = {name: parameter.detach().clone() for name, parameter in self.weights()}

    def weights(self):
        return [(name, p) for name, p in self.model.named_parameters() if p.dim() >= 2 and p.requires_grad]

    def activation(self, name, module, output):
        if not self.active or not self.model.training:
            return
        with torch.no_grad():
            flat = output.detach().flatten(0, -2) if output.dim() < 4 else output.detach().permute(0, 2, 3, 1).flatten(0, 2)
            prefix = f"activation/{name}/"
            self.row[prefix + "mean"] = flat.mean().item()
            self.row[prefix + "std"] = flat.std().item()
            self.row[prefix + "rms"] = flat.square().mean().sqrt().item()
            self.row[prefix + "absmax"] = flat.abs().max().item()
            self.row[prefix + "zeros"] = (flat == 0).float().mean().item()
            score = flat.abs().mean(0)
            self.row[prefix + "dormant"] = (score <= TAU * score.mean()).float().mean().item()
            if isinstance(module, (nn.Tanh, nn.Sigmoid)):
                middle = 0.0 if isinstance(module, nn.Tanh) else 0.5
                self.row[prefix + "saturated"] = ((flat - middle).abs() > 0.99 * (1 - middle)).float().mean().item()
            if hasattr(module, "highest_logit"):
                self.row[f"attention-logit/{name}"] = module.highest_logit

    def logits(self, output):
        if self.active and self.model.training:
            self.row["log-z"] = output.detach().logsumexp(-1).mean().item()

    def backward(self):
        if self.active:
            for name, parameter in self.weights():
                if parameter.grad is not None:
                    self.row[f"gradient-norm/{name}"] = parameter.grad.norm().item()

    def end(self):
        """The signals of the step, after the optimizer's; none in steps that are not logged."""
        if not self.active:
            return {}
        for name, parameter in self.weights():
            norm = self.before[name].norm().item()
            self.row[f"weight-norm/{name}"] = norm
            self.row[f"update-ratio/{name}"] = (parameter.detach() - self.before[name]).norm().item() / max(norm, 1e-12)
        return self.row
