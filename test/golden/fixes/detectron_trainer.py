import logging
import torch


class HookBase:
    def before_step(self):
        pass

    def after_step(self):
        pass


class TrainerBase:
    def __init__(self):
        self._hooks = []
        self.iter = 0

    def train(self, start_iter: int, max_iter: int):
        logger = logging.getLogger(__name__)
        logger.info("Starting training from iteration {}".format(start_iter))
        for self.iter in range(start_iter, max_iter):
            self.before_step()
            self.run_step()
            self.after_step()

    def before_step(self):
        for h in self._hooks:
            h.before_step()

    def after_step(self):
        for h in self._hooks:
            h.after_step()


class SimpleTrainer(TrainerBase):
    def __init__(self, model, data_loader, optimizer):
        super().__init__()
        self.model = model
        self._data_loader_iter = iter(data_loader)
        self.optimizer = optimizer

    def run_step(self):
        """
        Implement the standard training logic described above.
        """
        assert self.model.training, "[SimpleTrainer] model was changed to eval mode!"
        data = next(self._data_loader_iter)
        loss_dict = {"loss": self.model(data).pow(2).mean()}
        losses = sum(loss_dict.values())

        self.optimizer.zero_grad()
        losses.backward()

        """
        If you need gradient clipping/scaling or other processing, you can wrap the optimizer.
        """
        self.optimizer.step()


if __name__ == "__main__":
    model = torch.nn.Linear(4, 4)
    batches = [torch.randn(2, 4) for _ in range(30)]
    SimpleTrainer(model, batches, torch.optim.SGD(model.parameters(), lr=0.01)).train(0, 30)
