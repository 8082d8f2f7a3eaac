"""
Simple training loop; boilerplate that could apply to any arbitrary neural network.
"""
import time
from collections import defaultdict

import torch


class Trainer:

    def __init__(self, config, model, batches):
        self.config = config
        self.model = model
        self.optimizer = None
        self.callbacks = defaultdict(list)
        self.batches = batches

    def trigger_callbacks(self, onevent):
        for callback in self.callbacks.get(onevent, []):
            callback(self)

    def run(self):
        model, config = self.model, self.config

        # setup the optimizer
        self.optimizer = model.configure_optimizers(config)

        model.train()
        self.iter_num = 0
        data_iter = iter(self.batches)
        while True:
            try:
                batch = next(data_iter)
            except StopIteration:
                break
            x, y = batch

            # forward the model
            logits, self.loss = model(x, y)

            # backprop and update the parameters
            model.zero_grad(set_to_none=True)
            self.loss.backward()
            self.optimizer.step()

            self.trigger_callbacks('on_batch_end')
            self.iter_num += 1
            self.iter_time = time.time()


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.head = torch.nn.Linear(6, 6)

    def configure_optimizers(self, train_config):
        return torch.optim.AdamW(self.parameters(), lr=train_config['learning_rate'])

    def forward(self, x, y):
        logits = self.head(x)
        return logits, (logits - y).pow(2).mean()


if __name__ == '__main__':
    torch.manual_seed(0)
    batches = [(torch.randn(4, 6), torch.randn(4, 6)) for _ in range(40)]
    Trainer({'learning_rate': 3e-4}, Model(), batches).run()
