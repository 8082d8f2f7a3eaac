import torch
from torch.optim import AdamW
from transformers import get_linear_schedule_with_warmup

torch.manual_seed(0)
epochs = 2
train_dataloader = [torch.randn(4, 8) for _ in range(20)]
model = torch.nn.Linear(8, 2)
optimizer = AdamW(model.parameters(), lr=2e-5, eps=1e-8)

# Total number of training steps is [number of batches] x [number of epochs].
total_steps = len(train_dataloader) * epochs
scheduler = get_linear_schedule_with_warmup(optimizer,
                                            num_warmup_steps = 0, # Default value in run_glue.py
                                            num_training_steps = total_steps)

for epoch_i in range(0, epochs):
    for step, batch in enumerate(train_dataloader):
        model.zero_grad()
        loss = model(batch).pow(2).mean()
        loss.backward()

        # Clip the norm of the gradients to 1.0.
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

        # Update the learning rate.
        scheduler.step()
