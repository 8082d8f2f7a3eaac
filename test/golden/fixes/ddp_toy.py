import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.distributed import init_process_group, destroy_process_group
from torch.optim.swa_utils import AveragedModel


class Trainer:
    def __init__(self, model, train_data, optimizer, gpu_id, save_every):
        self.gpu_id = gpu_id
        self.train_data = train_data
        self.optimizer = optimizer
        self.save_every = save_every
        self.model = DDP(model.to(gpu_id), device_ids=[gpu_id])

    def _run_batch(self, source, targets):
        self.optimizer.zero_grad()
        output = self.model(source)
        loss = F.cross_entropy(output, targets)
        loss.backward()
        self.optimizer.step()

    def _run_epoch(self, epoch):
        for source, targets in self.train_data:
            self._run_batch(source.to(self.gpu_id), targets.to(self.gpu_id))

    def train(self, max_epochs: int):
        for epoch in range(max_epochs):
            self._run_epoch(epoch)


def main(rank, world_size, dataset, model, total_epochs=3):
    init_process_group("nccl", rank=rank, world_size=world_size)
    torch.manual_seed(1234)
    train_data = DataLoader(dataset, batch_size=32, pin_memory=True, sampler=DistributedSampler(dataset))
    trainer = Trainer(model, train_data, torch.optim.SGD(model.parameters(), lr=1e-3), rank, 10)
    trainer.train(total_epochs)
    destroy_process_group()


def direct(rank, dataset, model):
    net = DDP(model)
    train_sampler = DistributedSampler(dataset)
    loader = DataLoader(dataset, sampler=train_sampler)
    opt = torch.optim.Adam(net.parameters(), lr=3e-4, betas=(0.9, 0.98), eps=1e-9)
    for e in range(10):
        for x, y in loader:
            loss = F.cross_entropy(net(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
