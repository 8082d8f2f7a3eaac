import torch
import torch.nn as nn
import torch.nn.functional as F

def backward_pass(loss):
    loss.backward()

def apply_step(model, optimizer):
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()

def train(model, loader):
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
    for batch in loader:
        loss = model(batch).mean()
        backward_pass(loss)
        apply_step(model, optimizer)
