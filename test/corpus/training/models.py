"""The small models and data sets of the corpus. Everything is synthetic, seeded and trained for real."""

import math

import torch
from torch import nn
from torch.nn import functional as F


class Task:
    """A model with its data: `batch(split, generator)` gives inputs and targets, `loss(model, batch)` a mean loss."""

    def __init__(self, model, batch, loss, classes):
        self.model = model
        self.batch = batch
        self.loss = loss
        self.classes = classes


def cross_entropy(model, batch):
    inputs, targets = batch
    logits = model(inputs)
    return F.cross_entropy(logits.flatten(0, -2), targets.flatten())


def teacher_classification(seed, batch_size, samples=4096, label_noise=0.0, width=64, depth=3, norm=False, dead=False):
    """A multi-layer perceptron on points labelled by a random teacher network (10 classes, 20 inputs)."""
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
        layers += [nn.Linear(previous, width)] + ([nn.BatchNorm1d(width)] if norm else []) + [nn.ReLU()]
        previous = width
    layers.append(nn.Linear(previous, 10))
    model = nn.Sequential(*layers)
    if dead:
        with torch.no_grad():
            for layer in model:
                if isinstance(layer, nn.Linear) and layer.out_features != 10:
                    layer.bias.fill_(-12.0)

    def batch(split, generator):
        points, labels = data[split]
        chosen = torch.randint(0, len(points), (batch_size if split == "train" else 512,), generator=generator)
        return points[chosen], labels[chosen]

    task = Task(model, batch, cross_entropy, 10)
    task.data = data
    return task


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

    task = Task(model, batch, cross_entropy, 8)
    task.data = data
    return task


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


def character_model(seed, batch_size, length=40_000, depth=2, width=32, context=32, placement="pre", recurrent=False):
    """Next-character prediction on Markov text by a transformer, or by a plain recurrent network."""
    text = markov_text(seed, length + 8_000)
    data = {"train": text[:length], "eval": text[length:]}
    if recurrent:
        class Recurrent(nn.Module):
            def __init__(self):
                super().__init__()
                self.tokens = nn.Embedding(24, width)
                self.layer = nn.RNN(width, width, batch_first=True)
                self.head = nn.Linear(width, 24)

            def forward(self, tokens):
                return self.head(self.layer(self.tokens(tokens))[0])

        model = Recurrent()
    else:
        model = CharacterTransformer(24, width, depth, 4, context, placement)

    def batch(split, generator):
        source = data[split]
        starts = torch.randint(0, len(source) - context - 1, (batch_size if split == "train" else 64,), generator=generator)
        windows = source[starts[:, None] + torch.arange(context + 1)]
        return windows[:, :-1], windows[:, 1:]

    task = Task(model, batch, cross_entropy, 24)
    task.data = data
    return task


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

    task = Task(Adder(), batch, cross_entropy, modulus)
    task.data = parts
    return task
