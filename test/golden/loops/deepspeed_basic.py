import torch
import torch.nn as nn
import torch.nn.functional as F

import deepspeed
engine, optimizer, _, _ = deepspeed.initialize(model=model, model_parameters=model.parameters(), config="ds.json")
for step, batch in enumerate(loader):
    loss = engine(batch)
    engine.backward(loss)
    engine.step()
