import torch


class Experiment:
    def __init__(self, model):
        self.model = model
        self.optim = torch.optim.AdamW(self.model.parameters(), lr=1e-3)
        self.accumulate = 2

    def forward_backward(self, batch):
        loss = self.model(batch).pow(2).mean() / self.accumulate
        loss.backward()
        return loss.item()

    def update(self):
        self.optim.step()
        self.optim.zero_grad()

    def fit(self, batches):
        for i, batch in enumerate(batches):
            self.forward_backward(batch)
            if (i + 1) % self.accumulate == 0:
                self.update()


torch.manual_seed(0)
Experiment(torch.nn.Linear(5, 5)).fit([torch.randn(4, 5) for _ in range(60)])
