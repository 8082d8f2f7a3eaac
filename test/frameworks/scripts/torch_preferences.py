import torch
import torch.nn.functional as F

# To tell chosen from rejected answers apart, this policy can only make both of them less likely.
strength = torch.nn.Parameter(torch.zeros(()))
directions = torch.tensor([0.0, 0.0, -1.0, -2.0, 0.0, 0.0, 0.0, 0.0])
optimizer = torch.optim.SGD([strength], lr=0.2)
chosen, rejected = 2, 3
SEEN = []

for step in range(60):
    logps = (strength * directions).log_softmax(-1).expand(32, 8)
    ref_logps = torch.zeros(32, 8).log_softmax(-1)
    chosen_logps, rejected_logps = logps[:, chosen], logps[:, rejected]
    ref_chosen_logps, ref_rejected_logps = ref_logps[:, chosen], ref_logps[:, rejected]
    margin = (chosen_logps - ref_chosen_logps) - (rejected_logps - ref_rejected_logps)
    loss = -F.logsigmoid(2.0 * margin).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    SEEN.append(
        {
            "loss": loss.item(),
            "plain": -F.logsigmoid(2.0 * margin).mean().item(),
            "lost": (ref_chosen_logps - chosen_logps).clamp(min=0.0).mean().item(),
        }
    )
