import torch
import torch.nn as nn
import torch.nn.functional as F

class Experiment:
    def __init__(self):
        self.optimizer = torch.optim.NAdam(self.model.parameters(), lr=1e-3)
        self.scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(self.optimizer)

    def train_one_batch(self, batch):
        self.optimizer.zero_grad()
        loss = self.model(batch)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def fit(self):
        for epoch in range(10):
            for batch in self.loader:
                self.train_one_batch(batch)
            self.scheduler.step(self.validate())
