from datasets import load_dataset
from trl import SFTConfig, SFTTrainer

trainer = SFTTrainer(
    model="Qwen/Qwen2.5-0.5B",
    args=SFTConfig(output_dir="out", max_steps=2000, bf16=True, gradient_accumulation_steps=8),
    train_dataset=load_dataset("trl-lib/Capybara", split="train"),
)
trainer.train()
