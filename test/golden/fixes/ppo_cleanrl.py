import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim

num_iterations, update_epochs, batch_size, minibatch_size = 5, 4, 32, 8
learning_rate, max_grad_norm, clip_coef = 2.5e-4, 0.5, 0.2

torch.manual_seed(1)
agent = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 2))
optimizer = optim.Adam(agent.parameters(), lr=learning_rate, eps=1e-5)

for iteration in range(1, num_iterations + 1):
    # Annealing the rate if instructed to do so.
    frac = 1.0 - (iteration - 1.0) / num_iterations
    lrnow = frac * learning_rate
    optimizer.param_groups[0]["lr"] = lrnow

    b_inds = np.arange(batch_size)
    for epoch in range(update_epochs):
        np.random.shuffle(b_inds)
        for start in range(0, batch_size, minibatch_size):
            mb_inds = b_inds[start:start + minibatch_size]
            ratio = agent(torch.randn(len(mb_inds), 4)).exp().mean()
            pg_loss1 = -ratio
            pg_loss2 = -torch.clamp(ratio, 1 - clip_coef, 1 + clip_coef)
            loss = torch.max(pg_loss1, pg_loss2).mean()

            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(agent.parameters(), max_grad_norm)
            optimizer.step()
