import lightning as L
import torch

class LitModel(L.LightningModule):
    def training_step(self, batch, batch_idx):
        x, y = batch
        return torch.nn.functional.cross_entropy(self(x), y)

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=1e-3)
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)
        return [optimizer], [scheduler]

trainer = L.Trainer(max_epochs=10, gradient_clip_val=0.5, precision="16-mixed", accumulate_grad_batches=4)
trainer.fit(LitModel(), loader)
