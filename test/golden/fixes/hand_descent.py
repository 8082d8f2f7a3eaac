import argparse
import torch
import torch.nn as nn

parser = argparse.ArgumentParser()
parser.add_argument('--lr', type=float, default=5.0)
parser.add_argument('--epochs', type=int, default=6)
args = parser.parse_args()

tokens = torch.randint(20, (400,))
model = nn.Sequential(nn.Embedding(20, 16), nn.Linear(16, 20))
criterion = nn.CrossEntropyLoss()
rate = args.lr


def train():
    model.train()
    total = 0.0
    for start in range(0, len(tokens) - 1, 50):
        inputs, targets = tokens[start:start + 50], tokens[start + 1:start + 51]
        model.zero_grad()
        loss = criterion(model(inputs[:len(targets)]), targets)
        loss.backward()
        # plain descent, written out
        for weight in model.parameters():
            weight.data.add_(weight.grad, alpha=-rate)
        total += loss.item()
    return total


for epoch in range(args.epochs):
    if train() > 100:
        rate /= 4.0
