import torch
import torch.nn as nn

class CharRNN(nn.Module):
  def __init__(self, size):
    super().__init__()
    self.rnn = nn.GRU(size, size, batch_first=True)

  def forward(self, x):
    out, _ = self.rnn(x)
    return out

def fit(decoder, batches, n_epochs=2):
  decoder_optimizer = torch.optim.Adam(decoder.parameters(), lr=0.01)
  criterion = nn.MSELoss()
  for epoch in range(1, n_epochs + 1):
    for inp, target in batches:
      decoder.zero_grad()
      loss = criterion(decoder(inp), target)
      loss.backward()
      decoder_optimizer.step()
  return decoder

torch.manual_seed(0)
fit(CharRNN(5), [(torch.randn(2, 7, 5), torch.randn(2, 7, 5)) for _ in range(20)])
