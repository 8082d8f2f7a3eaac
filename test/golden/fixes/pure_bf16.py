import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Embedding(32, 16), nn.Linear(16, 32)).bfloat16()
net = model.to(torch.bfloat16)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.AdamW(net.parameters(), 1e-3, (0.9, 0.95), 1e-8, 0.1)
for epoch in range(3):
	for step in range(20):
		tokens = torch.randint(32, (4, 9))
		logits = net(tokens[:, :-1])
		loss = loss_fn(logits.view(-1, 32), tokens[:, 1:].reshape(-1))
		optimizer.zero_grad()
		loss.backward()
		optimizer.step()
