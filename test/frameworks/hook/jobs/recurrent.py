"""An LSTM without clipping, then a few L-BFGS steps whose closure runs the backward pass several times."""

import torch
import torch.nn as nn
from truth import finish, gradient_norm, note


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.out = nn.LSTM(4, 16, batch_first=True), nn.Linear(16, 1)

    def forward(self, x):
        return torch.tanh(self.out(self.lstm(x)[0][:, -1]))


model = Tagger()
optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
data = torch.Generator().manual_seed(1)
for step in range(1, 31):
    x = torch.randn(8, 12, 4, generator=data)
    loss = (model(x) - x.sum(dim=(1, 2), keepdim=False).sign().unsqueeze(1)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    norm = gradient_norm(model.parameters())
    optimizer.step()
    note(step=step, loss=loss.item(), norm=norm)

refined = nn.Linear(4, 1)
second = torch.optim.LBFGS(refined.parameters(), max_iter=4)
x = torch.randn(32, 4, generator=data)


def closure():
    second.zero_grad()
    error = (refined(x) - x.sum(dim=1, keepdim=True)).pow(2).mean()
    error.backward()
    return error


for _ in range(5):
    second.step(closure)
finish(model, refined)
