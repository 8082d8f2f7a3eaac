import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments

model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=40, n_positions=16))
dataset = [{"input_ids": torch.arange(8) + i % 8, "labels": torch.arange(8) + i % 8} for i in range(64)]

training_args = TrainingArguments(
    output_dir="output",
    per_device_train_batch_size=4,
    max_steps=40,
    learning_rate=2e-4,
    logging_steps=1,
    save_strategy="no",
    report_to="none",
    use_cpu=True,  # no GPU here
)

trainer = Trainer(model=model, args=training_args, train_dataset=dataset)

if __name__ == "__main__":
    trainer.train()
