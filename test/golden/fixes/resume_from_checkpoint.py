import os

import torch
from torch import nn


class Trainer:
    def __init__(self, model, path):
        self.model = model
        self.path = path
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, amsgrad=True)
        self.first_step = 0

    def save(self, step):
        torch.save({"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "step": step}, self.path)

    def resume(self):
        checkpoint = torch.load(self.path)
        self.model.load_state_dict(checkpoint["model"])
        # the learning rate comes with it
        self.optimizer.load_state_dict(checkpoint["optimizer"])
        self.first_step = checkpoint["step"]

    def train(self, steps):
        for step in range(self.first_step, steps):
            loss = self.model(torch.randn(8, 4)).pow(2).mean()
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        self.save(steps)


if __name__ == "__main__":
    torch.manual_seed(0)
    path = os.path.join(os.getcwd(), "trainer.pt")
    Trainer(nn.Linear(4, 4), path).train(30)
    resumed = Trainer(nn.Linear(4, 4), path)
    resumed.resume()
    resumed.train(60)
