import torch
import torch.nn as nn
import torch.nn.functional as F

class Trainer:
    def train_step(self, data_iterator):
        self.optimizers.zero_grad()
        for _ in range(self.gradient_accumulation_steps):
            loss = self.forward_backward_step(next(data_iterator))
        grad_norm = dist_utils.clip_grad_norm_([p for m in self.model_parts for p in m.parameters()], 1.0)
        self.optimizers.step()
        self.lr_schedulers.step()

    def forward_backward_step(self, batch):
        loss = self.loss_fn(self.model(batch))
        loss.backward()
        return loss

    def train(self):
        while self.step < self.steps:
            self.train_step(self.iterator)
