import lightning as L
import torch
from torch import nn
from torch.utils.data import DataLoader


class Regression(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
        self.net[0].bias.data[:16] -= 100.0  # silent for every input
        self.losses = []

    def training_step(self, batch, batch_idx):
        loss = (self.net(batch) - batch[:, :1]).pow(2).mean()
        self.losses.append(loss.item())
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-3)


torch.manual_seed(0)
model = Regression()
trainer = L.Trainer(
    max_epochs=1,
    accelerator="cpu",
    logger=False,
    enable_checkpointing=False,
    enable_progress_bar=False,
)
trainer.fit(model, DataLoader(torch.randn(40 * 64, 6), batch_size=64))

with torch.no_grad():
    SEEN = [int((model.net[:2](torch.randn(512, 6)) <= 0).all(0).sum()), model.losses]
