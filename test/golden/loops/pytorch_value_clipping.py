import torch
import torch.nn as nn
import torch.nn.functional as F

opt = torch.optim.Adagrad(net.parameters(), lr=0.01)
for i in range(1000):
    opt.zero_grad()
    loss = net(batch(i)).pow(2).mean()
    loss.backward()
    torch.nn.utils.clip_grad_value_(net.parameters(), clip_value=0.5)
    opt.step()
