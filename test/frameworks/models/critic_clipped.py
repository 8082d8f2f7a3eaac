"""A Wasserstein critic whose weights are clipped, in the manner of the commonest tutorials."""
import torch
import torch.nn as nn

torch.manual_seed(0)


def real_examples(count):
    return torch.randn(count, 2) * 0.5 + torch.tensor([2.0, 0.0])


generator = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 2))
discriminator = nn.Sequential(nn.Linear(2, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1))
critic = discriminator
optimizer_G = torch.optim.Adam(generator.parameters(), lr=1e-4, betas=(0.5, 0.9))
optimizer_D = torch.optim.Adam(discriminator.parameters(), lr=1e-3, betas=(0.5, 0.9))

for i in range(200):
    real_imgs = real_examples(64)
    optimizer_D.zero_grad()
    fake_imgs = generator(torch.randn(64, 4)).detach()
    # Adversarial loss
    loss_D = -torch.mean(discriminator(real_imgs)) + torch.mean(discriminator(fake_imgs))
    loss_D.backward()
    optimizer_D.step()

    # Clip weights of discriminator
    for p in discriminator.parameters():
        p.data.clamp_(-0.01, 0.01)

    if i % 5 == 0:
        optimizer_G.zero_grad()
        loss_G = -torch.mean(discriminator(generator(torch.randn(64, 4))))
        loss_G.backward()
        optimizer_G.step()


def score(x):
    return discriminator(x)
