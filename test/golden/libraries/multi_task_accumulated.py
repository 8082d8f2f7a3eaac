import torch


class Trainer:
  def __init__(self, model, lr):
    self.model = model
    self.optim = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)

  def fit(self, loader, accumulate=4):
    for i, (x, y) in enumerate(loader):
      main_loss = self.model.task(x, y)
      recon_loss = self.model.rebuild(x)
      total_loss = (main_loss + 0.1 * recon_loss) / accumulate
      total_loss.backward()
      if (i + 1) % accumulate == 0:
        self.optim.step()
        self.optim.zero_grad()
