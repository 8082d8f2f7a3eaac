"""A GAN: two optimizers, each with a loss of its own, the discriminator's in two backward passes."""

import torch
import torch.nn as nn
from truth import finish, gradient_norm, note


class Generator(nn.Sequential):
    pass


class Discriminator(nn.Sequential):
    pass


generator = Generator(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 2))
discriminator = Discriminator(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
for_generator = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.5, 0.999))
for_discriminator = torch.optim.Adam(discriminator.parameters(), lr=2e-3, betas=(0.5, 0.999))
criterion = nn.BCEWithLogitsLoss()
data = torch.Generator().manual_seed(1)
for step in range(1, 31):
    real, noise = torch.randn(16, 2, generator=data) + 3, torch.randn(16, 4, generator=data)
    for_discriminator.zero_grad()
    on_real = criterion(discriminator(real), torch.ones(16, 1))
    on_real.backward()
    fake = generator(noise)
    on_fake = criterion(discriminator(fake.detach()), torch.zeros(16, 1))
    on_fake.backward()
    discriminator_norm = gradient_norm(discriminator.parameters())
    for_discriminator.step()
    for_generator.zero_grad()
    loss = criterion(discriminator(fake), torch.ones(16, 1))
    loss.backward()
    generator_norm = gradient_norm(generator.parameters())
    for_generator.step()
    note(step=step, loss=loss.item(), other=on_real.item() + on_fake.item(), norm=generator_norm, other_norm=discriminator_norm)
finish(generator, discriminator)
