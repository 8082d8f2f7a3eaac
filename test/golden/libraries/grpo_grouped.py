import torch

def train(policy, ref_policy_path, prompts, steps=200, group=8):
    optimizer = torch.optim.AdamW(policy.parameters(), lr=1e-6)
    ref_policy = load(ref_policy_path)
    for it in range(steps):
        completions, rewards = sample(policy, prompts, group)
        grouped = rewards.view(-1, group)
        mean = grouped.mean(dim=1).repeat_interleave(group)
        std = grouped.std(dim=1).repeat_interleave(group)
        advantages = (rewards - mean) / (std + 1e-4)
        logp = policy.logp(completions)
        with torch.no_grad():
            ref_logp = ref_policy.logp(completions)
        kl = (ref_logp - logp).exp() - (ref_logp - logp) - 1
        loss = -(logp * advantages - 0.001 * kl).mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
