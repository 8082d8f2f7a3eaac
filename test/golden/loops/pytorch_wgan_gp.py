import torch
import torch.nn as nn
import torch.nn.functional as F

opt_d = torch.optim.Adam(critic.parameters(), lr=1e-4, betas=(0.0, 0.9))
opt_g = torch.optim.Adam(generator.parameters(), lr=1e-4, betas=(0.0, 0.9))
for real in loader:
    for _ in range(5):
        opt_d.zero_grad()
        loss_d = critic(fake).mean() - critic(real).mean() + 10 * penalty(critic, real, fake)
        loss_d.backward()
        opt_d.step()
    opt_g.zero_grad()
    loss_g = -critic(generator(z)).mean()
    loss_g.backward()
    opt_g.step()
