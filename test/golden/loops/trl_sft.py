from trl import SFTConfig, SFTTrainer
trainer = SFTTrainer(
    model="gpt2",
    train_dataset=dataset,
    args=SFTConfig(output_dir="out", learning_rate=1e-5, fp16=True),
)
trainer.train()
