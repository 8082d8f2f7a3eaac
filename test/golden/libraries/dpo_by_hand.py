import torch
import torch.nn.functional as F

def dpo_loss(policy_chosen_logps, policy_rejected_logps, reference_chosen_logps, reference_rejected_logps, beta):
    pi_logratios = policy_chosen_logps - policy_rejected_logps
    ref_logratios = reference_chosen_logps - reference_rejected_logps
    logits = pi_logratios - ref_logratios
    losses = -F.logsigmoid(beta * logits)
    return losses.mean()

optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6)
for batch in loader:
    optimizer.zero_grad()
    loss = dpo_loss(*logps(batch), 0.1)
    loss.backward()
    optimizer.step()
