from accelerate import Accelerator
from accelerate.utils import set_seed
import torch


def training_function(config, model, train_dataloader):
    accelerator = Accelerator(mixed_precision="bf16")
    lr, num_epochs, seed = config["lr"], int(config["num_epochs"]), int(config["seed"])
    set_seed(seed)
    optimizer = torch.optim.AdamW(params=model.parameters(), lr=lr)
    model, optimizer, train_dataloader = accelerator.prepare(model, optimizer, train_dataloader)
    for epoch in range(num_epochs):
        model.train()
        for step, batch in enumerate(train_dataloader):
            loss = model(**batch).loss
            accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
