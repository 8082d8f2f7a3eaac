import argparse
import random

import torch
import torch.distributed as dist
import torch.nn as nn
import torch.utils.data

parser = argparse.ArgumentParser(description='PyTorch ImageNet Training')
parser.add_argument('--epochs', default=90, type=int)
parser.add_argument('--lr', '--learning-rate', default=0.1, type=float, dest='lr')
parser.add_argument('--seed', default=None, type=int)
parser.add_argument('--distributed', action='store_true')


def main_worker(gpu, args, train_dataset, val_dataset, create_model):
    if args.seed is not None:
        random.seed(args.seed)
        torch.manual_seed(args.seed)
    if args.distributed:
        dist.init_process_group(backend='nccl')
    model = create_model().cuda(gpu)
    model = nn.parallel.DistributedDataParallel(model, device_ids=[gpu])
    criterion = nn.CrossEntropyLoss().cuda(gpu)
    optimizer = torch.optim.SGD(model.parameters(), args.lr, momentum=0.9)
    scaler = torch.cuda.amp.GradScaler()

    if args.distributed:
        train_sampler = torch.utils.data.distributed.DistributedSampler(train_dataset)
        val_sampler = torch.utils.data.distributed.DistributedSampler(val_dataset, shuffle=False, drop_last=True)
    else:
        train_sampler = None
        val_sampler = None

    train_loader = torch.utils.data.DataLoader(train_dataset, shuffle=(train_sampler is None), sampler=train_sampler)
    val_loader = torch.utils.data.DataLoader(val_dataset, shuffle=False, sampler=val_sampler)

    for epoch in range(args.epochs):
        # train for one epoch
        train(train_loader, model, criterion, optimizer, scaler, epoch)
        validate(val_loader, model, criterion)


def train(train_loader, model, criterion, optimizer, scaler, epoch):
    model.train()
    for i, (images, target) in enumerate(train_loader):
        with torch.cuda.amp.autocast():
            loss = criterion(model(images), target)
        optimizer.zero_grad()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        if i % 10 == 0:
            print(epoch, i, loss.item())


def validate(val_loader, model, criterion):
    model.eval()
    with torch.no_grad():
        return sum(criterion(model(images), target).item() for images, target in val_loader)
