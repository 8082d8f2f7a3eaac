import math
import torch
import torch.nn as nn

torch.manual_seed(0)
clip = 0.25
model = nn.LSTM(8, 8)
decoder = nn.Linear(8, 20)
criterion = nn.NLLLoss()
optimizer = torch.optim.SGD(list(model.parameters()) + list(decoder.parameters()), lr=20)


def repackage_hidden(h):
    return tuple(v.detach() for v in h)


def train():
    model.train()
    hidden = (torch.zeros(1, 2, 8), torch.zeros(1, 2, 8))
    for batch in range(40):
        data, targets = torch.randn(5, 2, 8), torch.randint(20, (10,))
        optimizer.zero_grad()
        hidden = repackage_hidden(hidden)
        output, hidden = model(data, hidden)
        loss = criterion(torch.log_softmax(decoder(output).view(-1, 20), -1), targets)
        loss.backward()

        # `clip_grad_norm` helps prevent the exploding gradient problem in RNNs / LSTMs.
        torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()


train()
print(math.exp(1.0))
