import torch
import torch.nn as nn
import torch.nn.functional as F

from torch_geometric.nn import GCNConv
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
def train():
    model.train()
    optimizer.zero_grad()
    out = model(data.x, data.edge_index)
    loss = F.nll_loss(out[data.train_mask], data.y[data.train_mask])
    loss.backward()
    optimizer.step()
for epoch in range(200):
    train()
