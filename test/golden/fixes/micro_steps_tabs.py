import torch

max_steps = 30
accumulation = 4

model = torch.nn.Linear(8, 8)
scaler = torch.amp.GradScaler('cpu')
optimizer = torch.optim.AdamW(model.parameters(), lr=6e-4, betas=(0.9, 0.95))

step = 0
while step < max_steps:
	for micro_step in range(accumulation):
		with torch.autocast('cpu', dtype=torch.bfloat16):
			loss = model(torch.randn(4, 8)).pow(2).mean() / accumulation
		scaler.scale(loss).backward()

	# step the optimizer and scaler
	scaler.step(optimizer)
	scaler.update()
	optimizer.zero_grad(set_to_none=True)
	step += 1
