"""The small models and data sets of the corpus. Everything is synthetic, seeded and trained for real."""

import math

import torch
from torch import nn
from torch.nn import functional as F


class Task:
    """
    A model with its data: `batch(split, generator)` gives inputs and targets, `loss(model, batch)` a mean loss, and
    `at(step, generator)` the training batch of a step. `classes` is 0 where there are none.
    """

    def __init__(self, model, batch, loss, classes, data=None):
        self.model = model
        self.batch = batch
        self.loss = loss
        self.classes = classes
        self.data = data
        self.at = lambda step, generator: self.batch("train", generator)


def cross_entropy(model, batch, smoothing=0.0):
    inputs, targets = batch
    logits = model(inputs)
    return F.cross_entropy(logits.flatten(0, -2), targets.flatten(), label_smoothing=smoothing)


def in_order(task, size=32):
    """Batches in the order of their labels, as a loader without shuffling gives them from sorted folders."""
    points, labels = task.data["train"]
    order = torch.argsort(labels, stable=True)
    task.at = lambda step, generator: (
        points[chosen := order[torch.arange(step * size, (step + 1) * size) % len(order)]], labels[chosen])
    return task


def growing_batches(task, at, times):
    """Batches several times as large from a step on."""
    def batch(step, generator):
        parts = [task.batch("train", generator) for _ in range(times if step >= at else 1)]
        return tuple(torch.cat(part) for part in zip(*parts))

    task.at = batch
    return task


def growing_difficulty(task, until):
    """A curriculum: inputs that are easy at first (scaled down noise), as hard as they come in the end."""
    def batch(step, generator):
        inputs, targets = task.batch("train", generator)
        return inputs * min(1.0, 0.3 + 0.7 * step / until), targets

    task.at = batch
    return task


def fixed_batch(task):
    """All data at once in every step: gradient descent."""
    task.at = lambda step, generator: task.data["train"]
    return task


def smoothed(task, smoothing):
    task.loss = lambda model, batch: cross_entropy(model, batch, smoothing if model.training else 0.0)
    return task


def pretrained(task, seed, steps, lr=2e-3):
    """Weights that have seen much of the same data already."""
    generator = torch.Generator().manual_seed(9_000 + seed)
    optimiser = torch.optim.AdamW(task.model.parameters(), lr=lr)
    for _ in range(steps):
        optimiser.zero_grad()
        task.loss(task.model, task.batch("train", generator)).backward()
        optimiser.step()
    return task


def regression(seed, batch_size=32, scale=1.0, noise=0.05, samples=4096):
    """A smooth function of 8 numbers under a squared error; `scale` 100 makes losses of ten thousands."""
    generator = torch.Generator().manual_seed(5_000 + seed)
    mix = torch.randn(8, 3, generator=generator) * 0.5

    def draw(count):
        x = torch.randn(count, 8, generator=generator)
        y = torch.sin(x @ mix).sum(-1, keepdim=True) + noise * torch.randn(count, 1, generator=generator)
        return x, y * scale

    data = {"train": draw(samples), "eval": draw(512)}

    def batch(split, generator):
        x, y = data[split]
        chosen = torch.randint(0, len(x), (batch_size if split == "train" else 512,), generator=generator)
        return x[chosen], y[chosen]

    model = nn.Sequential(nn.Linear(8, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))
    return Task(model, batch, lambda model, pair: F.mse_loss(model(pair[0]), pair[1]), 0, data)


def density(seed, batch_size=64):
    """A Gaussian density fitted by its negative log-likelihood, which falls below zero."""
    generator = torch.Generator().manual_seed(6_000 + seed)
    mix = torch.randn(4, 6, generator=generator) * 0.2

    def batch(split, generator):
        x = torch.randn(batch_size, 4, generator=generator)
        return x, x @ mix + 0.02 * torch.randn(batch_size, 6, generator=generator)

    model = nn.Sequential(nn.Linear(4, 48), nn.Tanh(), nn.Linear(48, 12))

    def loss(model, pair):
        mean, logarithm = model(pair[0]).chunk(2, -1)
        return (((pair[1] - mean) / logarithm.exp()).square() / 2 + logarithm).mean()

    return Task(model, batch, loss, 0)


def contrastive(seed, batch_size=64, queue=512):
    """Pairs of views against a queue of earlier ones that fills up: the loss rises at first, by design."""
    generator = torch.Generator().manual_seed(7_000 + seed)
    centres = torch.randn(256, 16, generator=generator)
    memory = []

    def batch(split, generator):
        chosen = torch.randint(0, 256, (batch_size,), generator=generator)
        view = lambda: centres[chosen] + 0.7 * torch.randn(batch_size, 16, generator=generator)
        return view(), view()

    model = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 32))

    def loss(model, pair):
        left, right = (F.normalize(model(view), dim=-1) for view in pair)
        others = torch.cat([right, *memory])
        memory.append(right.detach())
        del memory[:-(queue // batch_size)]
        return F.cross_entropy(left @ others.T / 0.2, torch.arange(batch_size))

    return Task(model, batch, loss, 0)


def teacher_classification(seed, batch_size, samples=4096, label_noise=0.0, width=64, depth=3, norm=False, dead=None,
                           activation=nn.ReLU, dropout=0.0, eval_samples=512):
    """
    A multi-layer perceptron on points labelled by a random teacher network (10 classes, 20 inputs). `dead`: the bias
    that hidden units begin with.
    """
    generator = torch.Generator().manual_seed(1_000 + seed)
    teacher = nn.Sequential(nn.Linear(20, 40), nn.Tanh(), nn.Linear(40, 10))
    with torch.no_grad():
        for parameter in teacher.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.7)

        def draw(count):
            points = torch.randn(count, 20, generator=generator)
            labels = teacher(points).argmax(-1)
            noisy = torch.rand(count, generator=generator) < label_noise
            random_labels = torch.randint(0, 10, (count,), generator=generator)
            return points, torch.where(noisy, random_labels, labels)

        data = {"train": draw(samples), "eval": draw(1024)}
    layers = []
    previous = 20
    for _ in range(depth):
        layers += [nn.Linear(previous, width)] + ([nn.BatchNorm1d(width)] if norm else []) + [activation()]
        layers += [nn.Dropout(dropout)] if dropout else []
        previous = width
    layers.append(nn.Linear(previous, 10))
    model = nn.Sequential(*layers)
    if dead is not None:
        with torch.no_grad():
            for layer in model:
                if isinstance(layer, nn.Linear) and layer.out_features != 10:
                    layer.bias.fill_(dead)

    def batch(split, generator):
        points, labels = data[split]
        chosen = torch.randint(0, len(points), (batch_size if split == "train" else eval_samples,), generator=generator)
        return points[chosen], labels[chosen]

    return Task(model, batch, cross_entropy, 10, data)


def small_images(seed, batch_size, label_noise=0.0, samples=2048):
    """A convolutional network on 12 × 12 pictures of oriented bars in noise (8 orientations)."""
    generator = torch.Generator().manual_seed(2_000 + seed)
    grid = torch.linspace(-1, 1, 12)
    y, x = torch.meshgrid(grid, grid, indexing="ij")

    def draw(count):
        labels = torch.randint(0, 8, (count,), generator=generator)
        angle = labels[:, None, None] * math.pi / 8
        distance = x * torch.sin(angle) - y * torch.cos(angle) + 0.3 * torch.randn(count, 1, 1, generator=generator)
        images = torch.exp(-8 * distance**2) + 0.5 * torch.randn(count, 12, 12, generator=generator)
        noisy = torch.rand(count, generator=generator) < label_noise
        labels = torch.where(noisy, torch.randint(0, 8, (count,), generator=generator), labels)
        return images[:, None], labels

    data = {"train": draw(samples), "eval": draw(512)}
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(16 * 9, 32), nn.ReLU(), nn.Linear(32, 8),
    )

    def batch(split, generator):
        images, labels = data[split]
        chosen = torch.randint(0, len(images), (batch_size if split == "train" else 256,), generator=generator)
        return images[chosen], labels[chosen]

    return Task(model, batch, cross_entropy, 8, data)


def markov_text(seed, length, vocabulary=24):
    """Text from a random second-order Markov chain with sparse transitions: learnable, with a known noise floor."""
    generator = torch.Generator().manual_seed(3_000 + seed)
    transitions = torch.randn(vocabulary, vocabulary, vocabulary, generator=generator).mul(2.5).softmax(-1)
    uniform = torch.rand(length, generator=generator)
    cumulative = transitions.cumsum(-1)
    text = [0, 1]
    for i in range(2, length):
        text.append(int(torch.searchsorted(cumulative[text[-2], text[-1]], uniform[i]).clamp(max=vocabulary - 1)))
    return torch.tensor(text)


class Block(nn.Module):
    def __init__(self, width, heads, placement):
        super().__init__()
        self.heads = heads
        self.placement = placement
        self.attention_norm = nn.LayerNorm(width)
        self.mlp_norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.projection = nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def attend(self, x):
        batch, time, width = x.shape
        q, k, v = (t.view(batch, time, self.heads, -1).transpose(1, 2) for t in self.qkv(x).chunk(3, -1))
        with torch.no_grad():
            self.highest_logit = ((q @ k.transpose(-1, -2)).abs().max() / math.sqrt(q.shape[-1])).item()
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.projection(mixed.transpose(1, 2).reshape(batch, time, width))

    def forward(self, x):
        if self.placement == "post":
            x = self.attention_norm(x + self.attend(x))
            return self.mlp_norm(x + self.mlp(x))
        x = x + self.attend(self.attention_norm(x))
        return x + self.mlp(self.mlp_norm(x))


class CharacterTransformer(nn.Module):
    def __init__(self, vocabulary, width, depth, heads, context, placement):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, heads, placement) for _ in range(depth))
        self.final_norm = nn.LayerNorm(width) if placement == "pre" else nn.Identity()
        self.head = nn.Linear(width, vocabulary)

    def forward(self, tokens):
        x = self.tokens(tokens) + self.positions(torch.arange(tokens.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.head(self.final_norm(x))


def character_model(seed, batch_size, length=40_000, depth=2, width=32, context=32, placement="pre", recurrent=False,
                    recurrent_scale=1.0, activation="tanh", eval_windows=64):
    """
    Next-character prediction on Markov text by a transformer, or by a plain recurrent network whose recurrent weights
    begin `recurrent_scale` times as large.
    """
    text = markov_text(seed, length + 8_000)
    data = {"train": text[:length], "eval": text[length:]}
    if recurrent:
        class Recurrent(nn.Module):
            def __init__(self):
                super().__init__()
                self.tokens = nn.Embedding(24, width)
                self.layer = nn.RNN(width, width, batch_first=True, nonlinearity=activation)
                self.head = nn.Linear(width, 24)

            def forward(self, tokens):
                return self.head(self.layer(self.tokens(tokens))[0])

        model = Recurrent()
        with torch.no_grad():
            model.layer.weight_hh_l0.mul_(recurrent_scale)
    else:
        model = CharacterTransformer(24, width, depth, 4, context, placement)

    def batch(split, generator):
        source = data[split]
        starts = torch.randint(0, len(source) - context - 1, (batch_size if split == "train" else eval_windows,),
                               generator=generator)
        windows = source[starts[:, None] + torch.arange(context + 1)]
        return windows[:, :-1], windows[:, 1:]

    return Task(model, batch, cross_entropy, 24, data)


def modular_addition(seed, modulus=23, share=0.5):
    """(a + b) mod p from a fixed share of all pairs: memorised first, understood later (grokking)."""
    generator = torch.Generator().manual_seed(4_000 + seed)
    pairs = torch.cartesian_prod(torch.arange(modulus), torch.arange(modulus))
    order = torch.randperm(len(pairs), generator=generator)
    cut = int(share * len(pairs))
    parts = {"train": pairs[order[:cut]], "eval": pairs[order[cut:]]}

    class Adder(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens = nn.Embedding(modulus, 48)
            self.layers = nn.Sequential(nn.Linear(96, 128), nn.ReLU(), nn.Linear(128, modulus))

        def forward(self, pair):
            return self.layers(self.tokens(pair).flatten(1))

    def batch(split, generator):
        part = parts[split]
        return part, part.sum(-1) % modulus

    return Task(Adder(), batch, cross_entropy, modulus, parts)
