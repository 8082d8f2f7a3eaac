import torch
from accelerate import Accelerator, PartialState
from accelerate.utils import set_seed

accelerator = Accelerator(cpu=True)
# This process as it would be the second of two.
PartialState().process_index = 1
set_seed(11)
SEEN = torch.initial_seed()
model = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model, optimizer = accelerator.prepare(model, optimizer)
for _ in range(3):
    optimizer.zero_grad()
    accelerator.backward(model(torch.randn(4, 2)).mean())
    optimizer.step()
