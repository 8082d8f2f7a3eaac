import torch
import lightning as L


class GAN(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.automatic_optimization = False
        self.generator = torch.nn.Linear(2, 2)

    def training_step(self, batch, batch_idx):
        opt_g = self.optimizers()
        loss = self.generator(batch).sum()
        opt_g.zero_grad()
        self.manual_backward(loss)
        opt_g.step()

    def configure_optimizers(self):
        return torch.optim.Adam(self.generator.parameters(), lr=1e-4)
