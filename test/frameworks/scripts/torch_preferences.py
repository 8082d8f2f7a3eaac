import torch
import torch.nn.functional as F

torch.manual_seed(0)

policy = torch.nn.Linear(6, 8)
reference = torch.nn.Linear(6, 8)
optimizer = torch.optim.SGD(policy.parameters(), lr=0.5)
prompts = torch.randn(32, 6)
chosen, rejected = torch.full((32,), 2), torch.full((32,), 3)
with torch.no_grad():
    # The policy has moved away from the reference already.
    reference.weight.copy_(policy.weight + 0.3 * torch.randn(8, 6))
SEEN = []

for step in range(60):
    logps, ref_logps = policy(prompts).log_softmax(-1), reference(prompts).log_softmax(-1).detach()
    rows = torch.arange(32)
    chosen_logps, rejected_logps = logps[rows, chosen], logps[rows, rejected]
    ref_chosen_logps, ref_rejected_logps = ref_logps[rows, chosen], ref_logps[rows, rejected]
    margin = (chosen_logps - ref_chosen_logps) - (rejected_logps - ref_rejected_logps)
    loss = -F.logsigmoid(2.0 * margin).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    SEEN.append(
        {
            "loss": loss.item(),
            "plain": -F.logsigmoid(2.0 * margin).mean().item(),
            "lost": torch.relu(ref_chosen_logps - chosen_logps).mean().item(),
        }
    )
