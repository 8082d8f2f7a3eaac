import pytorch_lightning as pl
from torch import optim

class Autoencoder(pl.LightningModule):
    def training_step(self, batch, batch_idx):
        return self.shared_step(batch)

    def configure_optimizers(self):
        return optim.SGD(self.parameters(), lr=self.hparams.lr, momentum=0.9)

if __name__ == "__main__":
    trainer = pl.Trainer(gradient_clip_val=1.0, gradient_clip_algorithm="value")
    trainer.fit(Autoencoder(), datamodule)
