"""One training loop for all runs of the corpus: it trains, logs what people log, and lets one fault in."""

import copy
import math

import torch


def schedule(kind, step, total, warmup):
    """The factor on the peak learning rate at `step`, from 0."""
    if step < warmup:
        return (step + 1) / warmup
    share = (step - warmup) / max(1, total - warmup)
    if kind == "constant":
        return 1.0
    if kind == "cosine":
        return 0.5 * (1 + math.cos(math.pi * share))
    if kind == "linear":
        return 1 - share
    if kind == "wsd":
        return 1.0 if share < 0.75 else max(0.0, 1 - (share - 0.75) / 0.25)
    if kind == "restarts":
        return 0.5 * (1 + math.cos(math.pi * (share * 3 % 1)))
    if kind == "milestones":
        return 0.1 ** ((share > 0.5) + (share > 0.8))
    raise ValueError(kind)


def make_optimizer(name, parameters, lr, weight_decay):
    if name == "sgd":
        return torch.optim.SGD(parameters, lr=lr, momentum=0.9, weight_decay=weight_decay)
    return {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[name](parameters, lr=lr, weight_decay=weight_decay)


def corrupt(batch, strength):
    """A batch as a broken loader gives it: targets shuffled, real-valued inputs scaled."""
    inputs, targets = batch
    shuffled = targets.flip(-1) if targets.dim() > 1 else targets.roll(1)
    return (inputs * strength if inputs.is_floating_point() else inputs), shuffled


def train(task, *, seed, steps, optimizer="adamw", lr=1e-3, weight_decay=0.0, kind="constant", warmup=0, clip=None,
          log_every=1, eval_every=0, log_gradient=True, log_lr=True, resume_at=None, fault=None, fault_at=None,
          fault_strength=1.0, ordered=False, half=False, loss_scale=None):
    """
    Trains and returns the logged rows. `fault` (at step `fault_at`): corrupted-batch, gradient-times, lr-times,
    lr-times-for-good, stale-batch, nan-input. `half` rounds activations' loss to half precision with `loss_scale`, so
    that overflow is real. `resume_at`: (save, die): the state of step `save` is reloaded when step `die` is reached.
    """
    generator = torch.Generator().manual_seed(seed)
    held_out = torch.Generator().manual_seed(77)
    model = task.model
    optimiser = make_optimizer(optimizer, model.parameters(), lr, weight_decay)
    rows, saved, last_batch, resumed = [], None, None, False
    position = 0
    step = 0
    while step < steps:
        factor = schedule(kind, step, steps, warmup)
        now = fault is not None and fault_at is not None
        if now and fault == "lr-times" and fault_at <= step < fault_at + 3:
            factor *= fault_strength
        if now and fault == "lr-times-for-good" and step >= fault_at:
            factor *= fault_strength
        for group in optimiser.param_groups:
            group["lr"] = lr * factor
        if resume_at and step == resume_at[0] and not resumed:
            saved = (copy.deepcopy(model.state_dict()), copy.deepcopy(optimiser.state_dict()))
        if resume_at and step == resume_at[1] and not resumed:
            model.load_state_dict(saved[0])
            optimiser.load_state_dict(saved[1])
            resumed = True
            step = resume_at[0]
            continue
        if ordered:
            points, labels = task.data["train"]
            order = torch.argsort(labels)
            size = 32
            chosen = order[torch.arange(position, position + size) % len(order)]
            position = (position + size) % len(order)
            batch = points[chosen], labels[chosen]
        else:
            batch = task.batch("train", generator)
        if now and fault == "stale-batch" and step >= fault_at:
            batch = last_batch
        last_batch = batch
        if now and fault == "corrupted-batch" and step == fault_at:
            batch = corrupt(batch, fault_strength)
        if now and fault == "nan-input" and step == fault_at:
            batch = (batch[0] * float("nan"), batch[1])
        model.train()
        loss = task.loss(model, batch)
        optimiser.zero_grad()
        scaled = loss * loss_scale if loss_scale else loss
        scaled.backward()
        if half:
            with torch.no_grad():
                for parameter in model.parameters():
                    if parameter.grad is not None:
                        parameter.grad.copy_(parameter.grad.half().float())
        if loss_scale:
            for parameter in model.parameters():
                if parameter.grad is not None:
                    parameter.grad.div_(loss_scale)
        if now and fault == "gradient-times" and step == fault_at:
            for parameter in model.parameters():
                if parameter.grad is not None:
                    parameter.grad.mul_(fault_strength)
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), clip if clip else float("inf"))
        optimiser.step()
        if step % log_every == 0:
            row = {"step": step, "train/loss": loss.item()}
            if log_gradient:
                row["grad_norm"] = norm.item()
            if log_lr:
                row["learning_rate"] = lr * factor
            rows.append(row)
        if eval_every and (step + 1) % eval_every == 0:
            model.eval()
            with torch.no_grad():
                inputs, targets = task.batch("eval", held_out)
                value = task.loss(model, (inputs, targets)).item()
                accuracy = (model(inputs).argmax(-1) == targets).float().mean().item()
            rows.append({"step": step, "eval/loss": value, "eval/accuracy": accuracy})
        step += 1
    return rows


def bandit(*, seed, steps, lr=0.05, arms=12, prompts=16, group=8, zero_variance=False, entropy_bonus=0.0):
    """
    Group-relative policy optimisation on a contextual bandit: the logged loss is zero by construction, the reward
    rises. With `zero_variance` every answer of a group gets the same reward after a third of the run.
    """
    generator = torch.Generator().manual_seed(seed)
    logits = torch.nn.Parameter(torch.zeros(prompts, arms))
    value = torch.randn(prompts, arms, generator=generator)
    optimiser = torch.optim.Adam([logits], lr=lr)
    reference = torch.full((prompts, arms), 1 / arms).log()
    rows = []
    for step in range(steps):
        distribution = torch.distributions.Categorical(logits=logits)
        uniform = torch.rand(prompts, group, 1, generator=generator)
        action = (uniform > distribution.probs.detach().cumsum(-1)[:, None]).sum(-1).clamp(max=arms - 1)
        reward = torch.sigmoid(value.gather(1, action) + 0.3 * torch.randn(prompts, group, generator=generator))
        if zero_variance and step > steps // 3:
            reward = torch.ones_like(reward)
        deviation = reward.std(1, keepdim=True)
        advantage = (reward - reward.mean(1, keepdim=True)) / (deviation + 1e-4)
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


def adversarial(*, seed, steps, lr=1e-3, critic_lr=1e-3):
    """A generative adversarial network on a ring of eight Gaussians: two losses that fight and never converge."""
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
        angle = torch.randint(0, 8, (64,), generator=generator) * (math.pi / 4)
        real = torch.stack([angle.cos(), angle.sin()], 1) + 0.05 * torch.randn(64, 2, generator=generator)
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


def data_parallel(task, *, seed, steps, ranks=4, lr=0.05, desynchronised_at=None, same_data=False):
    """
    Data-parallel SGD with one model a rank; gradients are averaged unless the last rank has stopped taking part from
    `desynchronised_at` on. Gives one list of rows for each rank. `same_data`: every rank draws the same batches.
    """
    models = [copy.deepcopy(task.model) for _ in range(ranks)]
    optimisers = [torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9) for model in models]
    generators = [torch.Generator().manual_seed(seed + (0 if same_data else rank)) for rank in range(ranks)]
    rows = [[] for _ in range(ranks)]
    for step in range(steps):
        losses = []
        for model, optimiser, generator in zip(models, optimisers, generators):
            optimiser.zero_grad()
            loss = task.loss(model, task.batch("train", generator))
            loss.backward()
            losses.append(loss.item())
        alone = desynchronised_at is not None and step >= desynchronised_at
        together = ranks - 1 if alone else ranks
        norms = [math.sqrt(sum(p.grad.square().sum().item() for p in model.parameters())) for model in models]
        for parameters in zip(*(model.parameters() for model in models[:together])):
            mean = sum(p.grad for p in parameters) / together
            for parameter in parameters:
                parameter.grad.copy_(mean)
        if alone:
            for parameter in models[-1].parameters():
                parameter.grad.mul_(0)
        for optimiser in optimisers:
            optimiser.step()
        for rank in range(ranks):
            rows[rank].append({"step": step, "train/loss": losses[rank], "grad_norm": norms[rank]})
    return rows
