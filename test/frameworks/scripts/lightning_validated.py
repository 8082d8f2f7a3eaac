import lightning as L
import torch
from torch.utils.data import DataLoader


class Overfit(L.LightningModule):
    """Learns from few samples of noise, so that the evaluation loss soon rises."""

    def __init__(self):
        super().__init__()
        self.net = torch.nn.Sequential(torch.nn.Linear(6, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1))

    def loss(self, batch):
        x, y = batch
        return (self.net(x) - y).pow(2).mean()

    def training_step(self, batch, batch_idx):
        return self.loss(batch)

    def validation_step(self, batch, batch_idx):
        self.log("val_loss", self.loss(batch))

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.02)


if __name__ == "__main__":
    torch.manual_seed(3)
    noise = [(torch.randn(6), torch.randn(1)) for _ in range(48)]
    trainer = L.Trainer(
        max_epochs=40,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(Overfit(), DataLoader(noise[:16], batch_size=16), DataLoader(noise[16:], batch_size=32))
