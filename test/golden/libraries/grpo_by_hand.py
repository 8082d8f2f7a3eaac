import copy
import torch

ref_model = copy.deepcopy(model).eval()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6)
for step in range(1000):
    rewards = rollout(model, prompts)  # (groups, samples)
    advantages = (rewards - rewards.mean(dim=1, keepdim=True)) / (rewards.std(dim=1, keepdim=True) + 1e-4)
    logps = log_probs(model)
    ref_logps = log_probs(ref_model)
    kl = torch.exp(ref_logps - logps) - (ref_logps - logps) - 1
    loss = (-(logps * advantages) + 0.01 * kl).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
