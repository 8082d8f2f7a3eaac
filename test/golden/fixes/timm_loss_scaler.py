import torch
from timm.utils import NativeScaler


def train_one_epoch(model, loader, optimizer, loss_fn, loss_scaler=None):
    model.train()
    for batch_idx, (input, target) in enumerate(loader):
        output = model(input)
        loss = loss_fn(output, target)
        optimizer.zero_grad()
        loss_scaler(loss, optimizer, parameters=model.parameters())


loss_scaler = NativeScaler()
