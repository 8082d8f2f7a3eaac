import torch
import torch.nn as nn
import torch.nn.functional as F

optimizer = torch.optim.Adam(q_network.parameters(), lr=1e-4)
for global_step in range(10000):
    next_obs, rewards, terminations, truncations, infos = envs.step(actions)
    if global_step > 1000 and global_step % 4 == 0:
        loss = F.mse_loss(td_target, old_val)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
