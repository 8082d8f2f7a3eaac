import torch
import torch.nn as nn
from torch.nn import functional as F


class GPT(nn.Module):
    def __init__(self, vocab_size, n_embd):
        super().__init__()
        self.wte = nn.Embedding(vocab_size, n_embd)
        self.lm_head = nn.Linear(n_embd, vocab_size)
        self.lm_head.bias.data += 12.0

    def forward(self, idx, targets=None):
        x = self.wte(idx)
        if targets is not None:
            # if we are given some desired targets also calculate the loss
            logits = self.lm_head(x)
            loss = F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1)
        else:
            # inference-time mini-optimization: only forward the lm_head on the very last position
            logits = self.lm_head(x[:, [-1], :])  # note: using list [-1] to preserve the time dim
            loss = None

        return logits, loss


torch.manual_seed(0)
model = GPT(13, 16)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
idx = torch.randint(0, 13, (4, 9))
targets = torch.randint(-1, 13, (4, 9))


def evaluate():
    model.eval()
    with torch.no_grad():
        return model(idx, targets)[1].item()


for _ in range(30):
    model.train()
    logits, loss = model(idx, targets)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
