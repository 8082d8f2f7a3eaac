import torch

torch.manual_seed(0)

policy = torch.nn.Linear(4, 3)
optimizer = torch.optim.Adam(policy.parameters(), lr=1e-2)
SEEN = []

for update in range(5):
    observations = torch.randn(30, 4)
    agent_ids = torch.arange(30) % 3
    agent_ids[-1] = 7
    # Agents whose rewards are of another height and spread.
    returns = torch.randn(30) * (1 + 10 * agent_ids) + 100 * agent_ids
    distribution = torch.distributions.Categorical(logits=policy(observations))
    actions = distribution.sample()
    advantages = (returns - returns.mean()) / (returns.std() + 1e-8)
    loss = -(distribution.log_prob(actions) * advantages).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    SEEN.append({"agents": agent_ids.tolist(), "returns": returns.tolist(), "advantages": advantages.tolist()})
