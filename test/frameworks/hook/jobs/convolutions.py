"""A small ResNet under mixed precision with a loss scaler; one batch overflows, so that one step is skipped."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from truth import finish, note


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(channels, channels, 3, padding=1), nn.Conv2d(channels, channels, 3, padding=1)
        self.bn1, self.bn2, self.relu = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels), nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(x + self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.blocks, self.head = nn.Conv2d(3, 8, 3, padding=1), nn.Sequential(Residual(8), Residual(8)), nn.Linear(8, 10)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)).mean(dim=(2, 3)))


model = ResNet()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
data = torch.Generator().manual_seed(1)
for step in range(1, 31):
    images, labels = torch.randn(8, 3, 8, 8, generator=data), torch.randint(0, 10, (8,), generator=data)
    optimizer.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = F.cross_entropy(model(images).float(), labels)
    if step == 12:
        loss = loss * float("inf")
    scale = scaler.get_scale()
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    scaler.step(optimizer)
    scaler.update()
    note(step=step, loss=loss.item(), norm=norm.item(), scale=scale, skipped=1 if step >= 12 else 0)
finish(model)
