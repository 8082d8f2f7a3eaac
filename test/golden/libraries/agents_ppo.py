import torch

optimizer = torch.optim.Adam(policy.parameters(), lr=3e-4)
for update in range(100):
    batch = collect(policy)
    advantages = batch["returns"] - batch["values"]
    advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    ratio = torch.exp(policy.log_prob(batch["obs"], batch["agent_ids"]) - batch["logp"])
    loss = -(ratio * advantages).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
