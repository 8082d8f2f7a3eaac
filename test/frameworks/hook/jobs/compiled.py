"""A compiled model, and a compiled training step."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from truth import finish, gradient_norm, note

model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 4))
compiled = torch.compile(model, backend="aot_eager")
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
data = torch.Generator().manual_seed(1)
for step in range(1, 31):
    x, y = torch.randn(16, 8, generator=data), torch.randint(0, 4, (16,), generator=data)
    optimizer.zero_grad()
    loss = F.cross_entropy(compiled(x), y)
    loss.backward()
    norm = gradient_norm(model.parameters())
    optimizer.step()
    note(step=step, loss=loss.item(), norm=norm)
graphs = torch._dynamo.utils.counters["stats"]["unique_graphs"]
note(step=0, graphs=graphs)
finish(model)
