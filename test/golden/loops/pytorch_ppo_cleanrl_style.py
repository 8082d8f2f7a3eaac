import torch
import torch.nn as nn
import torch.nn.functional as F

import numpy as np
optimizer = torch.optim.Adam(agent.parameters(), lr=2.5e-4, eps=1e-5)
for iteration in range(1, args.num_iterations + 1):
    if args.anneal_lr:
        optimizer.param_groups[0]["lr"] = (1.0 - (iteration - 1.0) / args.num_iterations) * args.learning_rate
    for step in range(args.num_steps):
        next_obs, reward, done, _, infos = envs.step(action.cpu().numpy())
    for epoch in range(args.update_epochs):
        np.random.shuffle(b_inds)
        for start in range(0, args.batch_size, args.minibatch_size):
            loss = pg_loss - args.ent_coef * entropy_loss + v_loss * args.vf_coef
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(agent.parameters(), args.max_grad_norm)
            optimizer.step()
