from trl import GRPOConfig, GRPOTrainer
config = GRPOConfig(output_dir="out", learning_rate=1e-6, num_generations=8, max_grad_norm=0.1)
GRPOTrainer(model="m", reward_funcs=reward, args=config, train_dataset=dataset).train()
