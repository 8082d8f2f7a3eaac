import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments

model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=40, n_positions=16))
dataset = [{"input_ids": torch.arange(8) + i % 8, "labels": torch.arange(8) + i % 8} for i in range(64)]

args = TrainingArguments("output", max_steps=20, fp16=True, max_grad_norm=0.5, report_to="none", save_strategy="no",
                         use_cpu=True)

trainer = Trainer(model=model, args=args, train_dataset=dataset)

if __name__ == "__main__":
    trainer.train()
