from trl import GRPOConfig, GRPOTrainer

args = GRPOConfig(output_dir="o", beta=0.04, sync_ref_model=True, ref_model_sync_steps=64, loss_type="grpo")
GRPOTrainer(model, reward_funcs=reward, args=args, train_dataset=data).train()
