"""An agent with two heads on one trunk, in functional style: convolutions that are flattened, linear layers behind."""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)


class Agent(nn.Module):
    def __init__(self, width=24):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 8, 3, stride=2, padding=1)
        self.trunk = nn.Linear(8 * 4 * 4, width)
        self.policy = nn.Linear(width, 4)
        self.value = nn.Linear(width, 1)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x)).flatten(1)
        x = F.relu(self.trunk(x))
        return self.policy(x), self.value(x)


model = Agent()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
inputs = torch.randn(32, 3, 8, 8)
targets = torch.randn(32, 4)


def loss_of():
    policy, value = model(inputs)
    return F.mse_loss(policy, targets) + F.mse_loss(value, targets[:, :1])


for step in range(20):
    optimizer.zero_grad()
    loss = loss_of()
    loss.backward()
    optimizer.step()
