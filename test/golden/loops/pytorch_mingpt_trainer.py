import torch
import torch.nn as nn
import torch.nn.functional as F

class Trainer:
    def __init__(self, config, model):
        self.config = config
        self.model = model
        self.optimizer = None

    def run(self, loader):
        model, config = self.model, self.config
        self.optimizer = model.configure_optimizers(config)
        model.train()
        data_iter = iter(loader)
        while True:
            x, y = next(data_iter)
            logits, self.loss = model(x, y)
            model.zero_grad(set_to_none=True)
            self.loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), config.grad_norm_clip)
            self.optimizer.step()
