"""An agent's networks in two layouts, one of them with an initialiser around its layers."""
import torch
import torch.nn as nn


def layer_init(layer, std=2 ** 0.5):
    nn.init.orthogonal_(layer.weight, std)
    return layer


class Model(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.critic = nn.Sequential(
            layer_init(nn.Linear(32, width)),
            nn.Tanh(),
            layer_init(nn.Linear(width, width)),  # as wide again
            nn.ReLU(),
            layer_init(nn.Linear(width, 32), std=1.0),
        )
        self.actor = nn.Sequential(nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 32), nn.Tanh())

    def forward(self, x):
        return self.critic(x) + self.actor(x)
