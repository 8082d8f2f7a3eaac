import torch
from torch.amp import GradScaler, autocast

torch.manual_seed(2)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
model = torch.nn.Sequential(torch.nn.Linear(12, 16), torch.nn.Tanh(), torch.nn.Linear(16, 3)).to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
scaler = GradScaler(device.type)
micro_steps = 2
optimizer.zero_grad()
for i in range(80):
	inputs = torch.randn(8, 12, device=device) * (25 if i // 2 in (22, 31) else 1)
	with autocast(device.type, dtype=torch.bfloat16):
		loss = torch.nn.functional.mse_loss(model(inputs), inputs[:, :3]) / micro_steps
	scaler.scale(loss).backward()
	if (i + 1) % micro_steps == 0:
		scaler.step(optimizer)
		scaler.update()
		optimizer.zero_grad()
