import torch

optimizer = torch.optim.Adam(model.parameters())
for batch in loader:
    loss = reconstruction(batch)
    if use_kl:
        loss += 0.1 * kl(batch)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
