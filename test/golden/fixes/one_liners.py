import torch, torch.nn as nn
net = nn.Linear(4, 4)
opt = torch.optim.SGD(net.parameters(), lr=.05)
for step in range(60):
    loss = net(torch.randn(3, 4)).pow(2).sum()
    opt.zero_grad(); loss.backward(); opt.step()
