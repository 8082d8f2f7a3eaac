"""Runs that have a loop of their own: policies, adversaries, several workers."""

import copy
import math

import torch


def bandit(*, seed, steps, lr=0.05, arms=12, prompts=16, group=8, zero_variance_at=None, entropy_bonus=0.0,
           rate_times=(None, 1.0), misleading=False):
    """
    Group-relative policy optimisation on a contextual bandit: the logged loss is zero by construction, the reward
    rises. From `zero_variance_at` on every answer of a group gets the same reward; `rate_times`: from which step on the
    learning rate is how many times as large, with a reward that says nothing where it is `misleading`.
    """
    generator = torch.Generator().manual_seed(seed)
    logits = torch.nn.Parameter(torch.zeros(prompts, arms))
    value = torch.randn(prompts, arms, generator=generator)
    optimiser = torch.optim.Adam([logits], lr=lr)
    reference = torch.full((prompts, arms), 1 / arms).log()
    rows = []
    for step in range(steps):
        broken = rate_times[0] is not None and step >= rate_times[0]
        optimiser.param_groups[0]["lr"] = lr * (rate_times[1] if broken else 1)
        distribution = torch.distributions.Categorical(logits=logits)
        uniform = torch.rand(prompts, group, 1, generator=generator)
        action = (uniform > distribution.probs.detach().cumsum(-1)[:, None]).sum(-1).clamp(max=arms - 1)
        reward = torch.sigmoid(value.gather(1, action) + 0.3 * torch.randn(prompts, group, generator=generator))
        if zero_variance_at is not None and step >= zero_variance_at:
            reward = torch.ones_like(reward)
        learnt = torch.rand(reward.shape, generator=generator) if broken and misleading else reward
        deviation = learnt.std(1, keepdim=True)
        advantage = (learnt - learnt.mean(1, keepdim=True)) / (deviation + 1e-4)
        log_probability = logits.log_softmax(-1).gather(1, action)
        ratio = (log_probability - log_probability.detach()).exp()
        entropy = distribution.entropy().mean()
        loss = -(ratio * advantage).mean() - entropy_bonus * entropy
        optimiser.zero_grad()
        loss.backward()
        norm = logits.grad.norm().item()
        optimiser.step()
        kl = (distribution.probs * (logits.log_softmax(-1) - reference)).sum(-1).mean()
        rows.append({
            "step": step, "loss": round(loss.item(), 4), "reward": reward.mean().item(),
            "reward_std": deviation.mean().item(), "kl": kl.item(), "entropy": entropy.item(), "grad_norm": norm,
            "frac_reward_zero_std": (deviation < 1e-6).float().mean().item(),
        })
    return rows


def actor_critic(*, seed, steps, lr=0.02, nan_at=None, states=20):
    """An actor and a critic that learn to walk to the end of a corridor; losses of both are logged, no total."""
    generator = torch.Generator().manual_seed(seed)
    actor = torch.nn.Parameter(torch.zeros(states, 2))
    critic = torch.nn.Parameter(torch.zeros(states))
    optimiser = torch.optim.Adam([actor, critic], lr=lr)
    rows, state = [], torch.zeros(32, dtype=torch.long)
    for step in range(steps):
        chance = actor[state].softmax(-1)
        right = (torch.rand(32, generator=generator) < chance[:, 1].detach()).long()
        after = (state + 2 * right - 1).clamp(0, states - 1)
        reward = (after == states - 1).float()
        if step == nan_at:
            reward = reward / 0 * 0
        target = reward + 0.95 * critic[after].detach() * (reward == 0)
        advantage = (target - critic[state]).detach()
        critic_loss = (critic[state] - target).square().mean()
        actor_loss = -(chance.gather(1, right[:, None])[:, 0].log() * advantage).mean()
        optimiser.zero_grad()
        (actor_loss + critic_loss).backward()
        optimiser.step()
        state = torch.where(reward > 0, torch.zeros_like(after), after)
        rows.append({"step": step, "actor_loss": actor_loss.item(), "critic_loss": critic_loss.item(),
                     "episode_reward": reward.mean().item()})
    return rows


def adversarial(*, seed, steps, lr=1e-3, critic_lr=1e-3, critic_steps=1, nan_at=None, strong_at=None):
    """
    A generative adversarial network on a ring of eight Gaussians: two losses that fight and never converge. From
    `strong_at` on the critic learns ten times a step, and the generator's sees a noise too wide to follow.
    """
    generator = torch.Generator().manual_seed(seed)
    make = lambda inputs, outputs: torch.nn.Sequential(
        torch.nn.Linear(inputs, 48), torch.nn.LeakyReLU(0.2), torch.nn.Linear(48, 48), torch.nn.LeakyReLU(0.2),
        torch.nn.Linear(48, outputs))
    maker, critic = make(8, 2), make(2, 1)
    first = torch.optim.Adam(maker.parameters(), lr=lr, betas=(0.5, 0.99))
    second = torch.optim.Adam(critic.parameters(), lr=critic_lr, betas=(0.5, 0.99))
    score = torch.nn.BCEWithLogitsLoss()
    rows = []
    for step in range(steps):
        strong = strong_at is not None and step >= strong_at
        if strong:
            first.param_groups[0]["lr"] = lr / 100
        for _ in range(10 if strong else critic_steps):
            angle = torch.randint(0, 8, (64,), generator=generator) * (math.pi / 4)
            real = torch.stack([angle.cos(), angle.sin()], 1) + 0.05 * torch.randn(64, 2, generator=generator)
            if strong:
                real = real + 4
            if step == nan_at:
                real = real * float("nan")
            fake = maker(torch.randn(64, 8, generator=generator))
            critic_loss = score(critic(real), torch.ones(64, 1)) + score(critic(fake.detach()), torch.zeros(64, 1))
            second.zero_grad()
            critic_loss.backward()
            second.step()
        maker_loss = score(critic(fake), torch.ones(64, 1))
        first.zero_grad()
        maker_loss.backward()
        first.step()
        rows.append({"step": step, "d_loss": critic_loss.item(), "g_loss": maker_loss.item()})
    return rows


def data_parallel(task, *, seed, steps, ranks=4, lr=0.05, left_at=None, same_data=False, drift=False, nan_rank_at=None):
    """
    Data-parallel SGD with one model a rank; gradients are averaged unless the last rank has stopped taking part from
    `left_at` on. Gives one list of rows for each rank. `same_data`: every rank draws the same batches. `drift`: the
    ranks' gradients are never averaged and one sees other labels. `nan_rank_at`: one rank's loss is NaN in that step,
    and its gradients are left out of the mean.
    """
    models = [copy.deepcopy(task.model) for _ in range(ranks)]
    optimisers = [torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9) for model in models]
    generators = [torch.Generator().manual_seed(seed + (0 if same_data else rank)) for rank in range(ranks)]
    rows = [[] for _ in range(ranks)]
    for step in range(steps):
        losses = []
        for rank, (model, optimiser, generator) in enumerate(zip(models, optimisers, generators)):
            optimiser.zero_grad()
            inputs, targets = task.batch("train", generator)
            if drift and rank == ranks - 1:
                targets = targets.roll(1, 0)
            if step == nan_rank_at and rank == 1:
                inputs = inputs * float("nan")
            loss = task.loss(model, (inputs, targets))
            loss.backward()
            losses.append(loss.item())
        norms = [math.sqrt(sum(p.grad.square().sum().item() for p in model.parameters())) for model in models]
        alone = left_at is not None and step >= left_at
        together = [rank for rank in range(ranks) if not (alone and rank == ranks - 1) and math.isfinite(losses[rank])]
        if not drift:
            for parameters in zip(*(model.parameters() for model in models)):
                mean = sum(parameters[rank].grad for rank in together) / len(together)
                for rank, parameter in enumerate(parameters):
                    parameter.grad.copy_(parameter.grad * 0 if alone and rank == ranks - 1 else mean)
        for optimiser in optimisers:
            optimiser.step()
        for rank in range(ranks):
            rows[rank].append({"step": step, "train/loss": losses[rank], "grad_norm": norms[rank]})
    return rows
