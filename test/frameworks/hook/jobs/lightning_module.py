"""Lightning with automatic optimization: accumulation, clipping by the Trainer, a metric logged by the user."""

import sys

import lightning
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset
from truth import finish, gradient_norm, note


class Module(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(8, 32), nn.GELU(), nn.Linear(32, 1))
        self.losses = []

    def training_step(self, batch, _index):
        x, y = batch
        loss = (self.net(x) - y).pow(2).mean()
        self.losses.append(loss.item())
        self.log("margin", 3.5)
        return loss

    def on_before_optimizer_step(self, optimizer):
        self.norm = gradient_norm(self.parameters())

    def on_train_batch_end(self, outputs, batch, batch_idx):
        if (batch_idx + 1) % 2 == 0:
            note(step=self.global_step, loss=sum(self.losses) / 2, norm=self.norm)
            self.losses = []

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=1e-2)


x = torch.randn(96, 8, generator=torch.Generator().manual_seed(1))
module = Module()
trainer = lightning.Trainer(max_epochs=4, accumulate_grad_batches=2, gradient_clip_val=0.5, logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False, accelerator="cpu", log_every_n_steps=1, default_root_dir=sys.argv[1] + ".lightning")
trainer.fit(module, DataLoader(TensorDataset(x, x.sum(dim=1, keepdim=True)), batch_size=8))
finish(module)
