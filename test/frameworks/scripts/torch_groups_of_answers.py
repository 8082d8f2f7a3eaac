import copy

import torch

torch.manual_seed(0)

policy = torch.nn.Linear(5, 4)
ref_policy = copy.deepcopy(policy)
optimizer = torch.optim.SGD(policy.parameters(), lr=0.5)
prompts = torch.randn(6, 5)
gradients, distances = [], []

for step in range(12):
    distribution = torch.distributions.Categorical(logits=policy(prompts).repeat_interleave(8, dim=0))
    answers = distribution.sample()
    rewards = (answers == 1).float().view(6, 8)
    # Half of the prompts are too easy.
    rewards[:3] = 1.0
    advantages = (rewards - rewards.mean(dim=1, keepdim=True)) / (rewards.std(dim=1, keepdim=True) + 1e-4)
    log_probs = distribution.log_prob(answers).view(6, 8)
    with torch.no_grad():
        reference = torch.distributions.Categorical(logits=ref_policy(prompts).repeat_interleave(8, dim=0))
        kl = reference.log_prob(answers).view(6, 8) - log_probs.detach()
    loss = -(log_probs * advantages).mean()
    optimizer.zero_grad()
    loss.backward()
    gradients.append(policy.weight.grad.flatten().tolist())
    optimizer.step()
    distances.append([(p - q).norm().item() for p, q in zip(policy.parameters(), ref_policy.parameters())][0])

weights = [[p.detach().flatten().tolist() for p in model.parameters()] for model in (policy, ref_policy)]
SEEN = {"gradients": gradients, "distances": distances, "weights": weights}
