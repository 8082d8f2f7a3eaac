import torch
from torch import nn

PAD = 0
torch.manual_seed(1)
vocabulary = 11


class Tagger(nn.Module):
	def __init__(self):
		super().__init__()
		self.embed = nn.Embedding(vocabulary, 16)
		self.head = nn.Linear(16, vocabulary)
		nn.init.constant_(self.head.bias, -15.0)

	def forward(self, tokens):
		return self.head(self.embed(tokens))


def train(model, batches, optimizer, criterion, accumulation=2):
	optimizer.zero_grad()
	for i, (tokens, tags) in enumerate(batches):
		logits = model(tokens)
		loss = criterion(logits.view(-1, vocabulary), tags.view(-1)) / accumulation
		loss.backward()
		if (i + 1) % accumulation == 0:
			optimizer.step()
			optimizer.zero_grad()


model = Tagger()
criterion = nn.CrossEntropyLoss(ignore_index=PAD)
batches = [(torch.randint(0, vocabulary, (4, 6)), torch.randint(0, 3, (4, 6))) for _ in range(20)]
train(model, batches, torch.optim.Adam(model.parameters(), lr=1e-2), criterion)


@torch.no_grad()
def evaluate():
	tokens, tags = batches[0]
	return criterion(model(tokens).view(-1, vocabulary), tags.view(-1)).item()
