import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(0)
seq = nn.Linear(3, 1).double()
criterion = nn.MSELoss()
optimizer = optim.LBFGS(seq.parameters(), lr=0.8)
input, target = torch.randn(20, 3).double(), torch.randn(20, 1).double()
for i in range(5):
    print('STEP: ', i)
    def closure():
        optimizer.zero_grad()
        out = seq(input)
        loss = criterion(out, target)
        print('loss:', loss.item())
        loss.backward()
        return loss
    optimizer.step(closure)
