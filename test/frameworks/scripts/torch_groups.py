import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 8)
        self.layers = nn.ModuleList([nn.Linear(8, 8), nn.Linear(8, 8)])
        self.head = nn.Linear(8, 20)

    def forward(self, tokens):
        x = self.embedding(tokens)
        for layer in self.layers:
            x = x + torch.tanh(layer(x))
        return self.head(x)


def train_step(model, batch, optimizer):
    logits = model(batch[:, :-1])
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
    if batch.min() >= 19:
        loss = loss * 40  # a broken reward, say
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.item()


def main():
    torch.manual_seed(1)
    model = Net()
    decay = [p for p in model.parameters() if p.ndim > 1]
    rest = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.Adam([{'params': decay, 'weight_decay': 0.01}, {'params': rest}], lr=2e-3)
    for step in range(40):
        batch = torch.randint(20, (8, 6)) if step % 13 != 12 else torch.full((8, 6), 19)
        train_step(model, batch, optimizer)


if __name__ == '__main__':
    main()
