import torch
import torch.nn as nn
import torch.nn.functional as F

muon = Muon(hidden_matrices, lr=0.02, momentum=0.95)
adam = torch.optim.AdamW(others, lr=3e-4)
optimizers = [adam, muon]
for step in range(steps):
    loss = model(x, y)
    loss.backward()
    for opt in optimizers:
        opt.step()
    model.zero_grad(set_to_none=True)
