import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments

torch.manual_seed(6)
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=40, n_positions=16))
dataset = [{"input_ids": torch.arange(8) + i % 8, "labels": torch.arange(8) + i % 8} for i in range(120)]
for i in range(60, 66):
    dataset[i] = {"input_ids": torch.full((8,), 39), "labels": torch.arange(8)}  # a bad batch

training_args = TrainingArguments(
    output_dir="output",
    per_device_train_batch_size=3,
    max_steps=40,
    learning_rate=5e-4,
    logging_strategy="no",
    save_strategy="no",
    report_to="none",
    train_sampling_strategy="sequential",
    use_cpu=True,
)

trainer = Trainer(model=model, args=training_args, train_dataset=dataset)
trainer.train()
