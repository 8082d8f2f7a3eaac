import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(1)
agent = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 2))
optimizer = optim.Adam(agent.parameters(), lr=2.5e-4, eps=1e-5)

for iteration in range(1, 6):
    b_inds = np.arange(32)
    for epoch in range(4):
        np.random.shuffle(b_inds)
        for start in range(0, 32, 8):
            loss = -agent(torch.randn(8, 4)).exp().mean()

            optimizer.zero_grad()
            loss.backward()
            # one step on the surrogate
            optimizer.step()

        if iteration > 100:
            break
