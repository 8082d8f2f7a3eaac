from trl import DPOConfig, DPOTrainer

args = DPOConfig(output_dir="dpo", loss_type=["sigmoid", "bco_pair", "sft"], loss_weights=[0.8, 0.2, 1.0])
DPOTrainer(model, args=args, train_dataset=pairs).train()
