import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments

torch.manual_seed(0)
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=40, n_positions=16))


def sequences(first):
    return [{"input_ids": torch.arange(8) + first, "labels": torch.arange(8) + first} for _ in range(16)]


args = TrainingArguments(
    output_dir="evaluated",
    max_steps=60,
    per_device_train_batch_size=4,
    learning_rate=3e-2,
    eval_strategy="steps",
    eval_steps=4,
    report_to="none",
    use_cpu=True,
)

# What is learned of the first numbers makes the others less likely.
trainer = Trainer(model=model, args=args, train_dataset=sequences(0), eval_dataset=sequences(20))

if __name__ == "__main__":
    trainer.train()
