import torch
import torch.nn.functional as F
from torch.optim import Adam

CONFIG = {'lr': 0.01, 'epochs': 40, 'weight_decay': 5e-4}

torch.manual_seed(0)
features, labels = torch.randn(50, 8), torch.randint(3, (50,))
adjacency = torch.eye(50) + (torch.rand(50, 50) < 0.1).float()
weights = [torch.randn(8, 16, requires_grad=True), torch.randn(16, 3, requires_grad=True)]
optimizer = Adam(weights, lr=CONFIG['lr'], weight_decay=CONFIG['weight_decay'])

for epoch in range(CONFIG['epochs']):
    optimizer.zero_grad()
    hidden = F.relu(adjacency @ features @ weights[0])
    loss = F.cross_entropy(adjacency @ hidden @ weights[1], labels)
    if not torch.isfinite(loss):
        continue
    loss.backward()
    optimizer.step()
