import torch
import torch.nn.functional as F
from transformers import AutoModelForCausalLM

model = AutoModelForCausalLM.from_pretrained("gpt2", torch_dtype=torch.bfloat16)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5)


def training_step(batch):
    logits = model(batch["input_ids"]).logits
    loss = F.cross_entropy(
        logits[:, :-1].flatten(0, 1), batch["input_ids"][:, 1:].flatten(), ignore_index=-100
    )
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def fit(loader, num_epochs=3):
    for epoch in range(num_epochs):
        for batch in loader:
            training_step(batch)
