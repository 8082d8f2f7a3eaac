import torch
import torch.nn as nn
import torch.nn.functional as F

from accelerate import Accelerator
from diffusers.optimization import get_scheduler
accelerator = Accelerator()
optimizer = torch.optim.AdamW(unet.parameters(), lr=1e-4)
lr_scheduler = get_scheduler("constant_with_warmup", optimizer=optimizer, num_warmup_steps=500)
for step, batch in enumerate(train_dataloader):
    loss = F.mse_loss(unet(batch), target)
    accelerator.backward(loss)
    accelerator.clip_grad_norm_(unet.parameters(), 1.0)
    optimizer.step()
    lr_scheduler.step()
    optimizer.zero_grad()
