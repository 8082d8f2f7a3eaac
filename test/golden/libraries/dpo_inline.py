import torch
import torch.nn as nn
from torch.nn.functional import logsigmoid

optim = torch.optim.AdamW(policy.parameters(), lr=5e-7)
for step, batch in enumerate(pairs):
    chosen_logps = logps(policy, batch["chosen"])
    rejected_logps = logps(policy, batch["rejected"])
    with torch.no_grad():
        ref_chosen_logps = logps(reference, batch["chosen"])
        ref_rejected_logps = logps(reference, batch["rejected"])
    margin = (chosen_logps - ref_chosen_logps) - (rejected_logps - ref_rejected_logps)
    loss = -logsigmoid(0.1 * margin).mean()
    optim.zero_grad(set_to_none=True)
    loss.backward()
    optim.step()
