import trl

config = trl.DPOConfig(output_dir="dpo", loss_type="ipo", beta=0.05, report_to="none")
trl.DPOTrainer(model, args=config, train_dataset=pairs).train()
