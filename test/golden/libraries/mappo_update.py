import torch


def ppo_update(policy, optimizer, advantages, agent_ids, obs, actions, old_logp, clip=0.2):
    advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-5)
    logp = policy(obs).log_prob(actions)
    ratio = (logp - old_logp).exp()
    loss = -torch.min(ratio * advantages, ratio.clamp(1 - clip, 1 + clip) * advantages).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
