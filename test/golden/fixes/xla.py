import torch
import torch_xla.core.xla_model as xm


def train_loop_fn(loader, model, optimizer, loss_fn):
    model.train()
    for step, (data, target) in enumerate(loader):
        optimizer.zero_grad()
        loss = loss_fn(model(data), target)
        loss.backward()
        xm.optimizer_step(optimizer)
