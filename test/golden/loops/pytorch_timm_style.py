import torch
import torch.nn as nn
import torch.nn.functional as F

loss_scaler = NativeScaler()
optimizer = create_optimizer_v2(model, opt="adamw", lr=1e-3)
lr_scheduler, num_epochs = create_scheduler_v2(optimizer, sched="cosine")
for epoch in range(num_epochs):
    for batch_idx, (input, target) in enumerate(loader):
        with torch.autocast("cuda"):
            loss = loss_fn(model(input), target)
        optimizer.zero_grad()
        loss_scaler(loss, optimizer, clip_grad=1.0, parameters=model.parameters())
        lr_scheduler.step_update(num_updates=epoch * len(loader) + batch_idx)
