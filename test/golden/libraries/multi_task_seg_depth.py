import torch
import torch.nn.functional as F

model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for x, y1, y2 in loader:
    optimizer.zero_grad()
    a, b = model(x)
    loss_seg = F.cross_entropy(a, y1)
    loss_depth = F.l1_loss(b, y2)
    loss = loss_seg + 0.5 * loss_depth - 0.01 * entropy(a)
    loss.backward()
    optimizer.step()
    print(loss.item())
