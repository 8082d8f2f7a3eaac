import random
from collections import deque

import torch
import torch.nn as nn
import torch.optim as optim

policy_net = nn.Linear(4, 2)
target_net = nn.Linear(4, 2)
optimizer = optim.AdamW(policy_net.parameters(), lr=1e-4, amsgrad=True)
memory = deque([], maxlen=1000)


def optimize_model():
    if len(memory) < 8:
        return
    batch = torch.stack(random.sample(memory, 8))
    criterion = nn.SmoothL1Loss()
    loss = criterion(policy_net(batch), target_net(batch).detach())

    # Optimize the model
    optimizer.zero_grad()
    loss.backward()
    for param in policy_net.parameters():
        param.grad.data.clamp_(-1, 1)
    optimizer.step()


for i_episode in range(3):
    for t in range(20):
        memory.append(torch.randn(4))
        optimize_model()
