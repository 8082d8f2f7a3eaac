import torch
from peft import LoraConfig
from trl import GRPOConfig
from trl import GRPOTrainer

training_args = GRPOConfig(
    output_dir="grpo",
    beta=0.0,
    loss_type="bnpo",
    num_generations=4,  # per prompt
)

trainer = GRPOTrainer(
    model="Qwen/Qwen2.5-1.5B-Instruct",
    reward_funcs=[format_reward, correctness_reward],
    args=training_args,
    train_dataset=dataset,
    peft_config=LoraConfig(task_type="CAUSAL_LM"),
)
trainer.train()
