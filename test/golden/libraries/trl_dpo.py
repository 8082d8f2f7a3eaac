from trl import DPOConfig, DPOTrainer
training_args = DPOConfig(
    output_dir='out',
    beta=0.1,
    logging_steps=10,
)
trainer = DPOTrainer(model=model, args=training_args, processing_class=tokenizer, train_dataset=ds)
trainer.train()
