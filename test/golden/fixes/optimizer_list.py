import torch

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Embedding(10, 4), torch.nn.Linear(4, 10))
optimizer1 = torch.optim.SparseAdam(list(torch.nn.Embedding(3, 3, sparse=True).parameters()), lr=1e-3)
optimizer2 = torch.optim.AdamW(model[1].parameters(), lr=1e-3)
optimizer3 = torch.optim.SGD(model[0].parameters(), lr=1e-2)
optimizers = [optimizer2, optimizer3]

for step in range(30):
    loss = torch.nn.functional.cross_entropy(model(torch.randint(10, (8,))), torch.randint(10, (8,)))
    loss.backward()
    for opt in optimizers:
        opt.step()
    model.zero_grad(set_to_none=True)
