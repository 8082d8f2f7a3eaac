import torch
import torch.nn as nn
import torch.nn.functional as F

q_optimizer = torch.optim.Adam(list(qf1.parameters()) + list(qf2.parameters()), lr=1e-3)
actor_optimizer = torch.optim.Adam(actor.parameters(), lr=3e-4)
for step in range(total):
    q_optimizer.zero_grad()
    qf_loss.backward()
    q_optimizer.step()
    actor_optimizer.zero_grad()
    actor_loss.backward()
    actor_optimizer.step()
