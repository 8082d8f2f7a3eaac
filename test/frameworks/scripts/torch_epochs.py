import torch
from torch.utils.data import DataLoader, TensorDataset


def main(epochs=4):
    torch.manual_seed(8)
    model = torch.nn.Linear(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    loader = DataLoader(TensorDataset(torch.randn(40, 4), torch.randn(40, 1)), batch_size=4)
    ends = []
    for epoch in range(epochs):
        model.train()
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(model(inputs), targets)
            loss.backward()
            optimizer.step()
        ends.append([p.tolist() for p in model.parameters()])
    return dict(globals(), **locals())


SPACE = main()
SEEN = [
    SPACE["ends"],
    [p.tolist() for p in SPACE["averaged_model"].module.parameters()] if "averaged_model" in SPACE else None,
]
