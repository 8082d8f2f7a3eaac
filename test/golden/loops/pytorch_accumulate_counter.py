import torch
import torch.nn as nn
import torch.nn.functional as F

accum_steps = 8
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
for step, batch in enumerate(loader):
    loss = model(**batch).loss / accum_steps
    loss.backward()
    if (step + 1) % accum_steps == 0 or step + 1 == len(loader):
        optimizer.step()
        optimizer.zero_grad()
