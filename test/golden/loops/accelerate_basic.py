import torch
import torch.nn as nn
import torch.nn.functional as F

from accelerate import Accelerator
accelerator = Accelerator(gradient_accumulation_steps=4, mixed_precision="bf16")
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5)
model, optimizer, loader, lr_scheduler = accelerator.prepare(model, optimizer, loader, lr_scheduler)
for epoch in range(3):
    for batch in loader:
        with accelerator.accumulate(model):
            loss = model(**batch).loss
            accelerator.backward(loss)
            if accelerator.sync_gradients:
                accelerator.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            lr_scheduler.step()
            optimizer.zero_grad()
