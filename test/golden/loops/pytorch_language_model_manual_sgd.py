import torch
import torch.nn as nn
import torch.nn.functional as F

def train(model, batches, optimizer, clip):
    hidden = model.init_hidden()
    for batch in batches:
        optimizer.zero_grad()
        hidden = tuple(h.detach() for h in hidden)
        output, hidden = model(batch, hidden)
        loss = F.cross_entropy(output.view(-1, output.size(-1)), batch.view(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()

optimizer = torch.optim.SGD(model.parameters(), lr=20)
train(model, batches, optimizer, 0.25)
