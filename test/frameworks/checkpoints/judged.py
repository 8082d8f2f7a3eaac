"""Trains small models with PyTorch, some of which go wrong in one way each, and saves their checkpoints.

Prints what each one shows: {"case": ..., "files": [...], "shows": [rules]}. Nothing is shown by those that are well.
"""

import copy
import json
import os
import sys

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

FOLDER = sys.argv[1]
CASES = []
torch.set_num_threads(1)


def save(name, state):
    file = os.path.join(FOLDER, name + ".pt")
    torch.save(state, file)
    return file


def case(name, shows, *states):
    files = [save(f"{name}-{index}", state) for index, state in enumerate(states)]
    CASES.append({"case": name, "files": files, "shows": shows})


def model(layers=8, width=64, norm=True):
    torch.manual_seed(1)
    blocks = []
    for _ in range(layers):
        parts = [nn.Linear(width, width, bias=False), nn.LayerNorm(width)] if norm else [nn.Linear(width, width)]
        blocks.append(nn.Sequential(*parts, nn.ReLU()))
    return nn.Sequential(*blocks, nn.Linear(width, 4))


def batches(count, width=64, seed=0):
    generator = torch.Generator().manual_seed(seed)
    direction = torch.randn(width, 4, generator=generator)
    for _ in range(count):
        x = torch.randn(32, width, generator=generator)
        yield x, (x @ direction).argmax(1)


def train(net, optimizer, steps, before=None, seed=0, after=None):
    for step, (x, y) in enumerate(batches(steps, seed=seed)):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        if before:
            before(step)
        optimizer.step()
        if after:
            after(step)
    return net


def state(net, optimizer, step, **more):
    return copy.deepcopy({"model": net.state_dict(), "optimizer": optimizer.state_dict(), "step": step, **more})


def adam(net, **options):
    return torch.optim.AdamW(net.parameters(), **{"lr": 1e-3, **options})


# Well


def well(name, *states):
    case(name, [], *states)


net = model()
optimizer = adam(net)
fresh = copy.deepcopy({"model": net.state_dict(), "step": 0})
train(net, optimizer, 1)
well("first-step", fresh, state(net, optimizer, 1))
train(net, optimizer, 199)
healthy_200 = state(net, optimizer, 200)
train(net, optimizer, 150, seed=1)
healthy_350 = state(net, optimizer, 350)
well("trained", healthy_200, healthy_350)


class Residual(nn.Module):
    """A branch that begins at zero."""

    def __init__(self, width=32):
        super().__init__()
        self.one = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.two = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        nn.init.zeros_(self.bn2.weight)
        self.zero_conv = nn.Conv2d(width, width, 1)
        nn.init.zeros_(self.zero_conv.weight)

    def forward(self, x):
        return torch.relu(x + self.bn2(self.two(torch.relu(self.bn1(self.one(x))))) + self.zero_conv(x))


torch.manual_seed(0)
resnet = nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), *[Residual() for _ in range(6)])
resnet_adam = torch.optim.SGD(resnet.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
resnet_states = [state(resnet, resnet_adam, 0)]
for step in range(20):
    resnet_adam.zero_grad()
    out = resnet(torch.randn(4, 3, 8, 8))
    ((out - 1) ** 2).mean().backward()
    resnet_adam.step()
    if step == 9:
        resnet_states.append(state(resnet, resnet_adam, 10))
resnet_states.append(state(resnet, resnet_adam, 20))
well("residual-fresh", resnet_states[0])
well("residual", *resnet_states[1:])


class Language(nn.Module):
    """Tokens that are never seen, an LSTM, tables of which the lower is the upper."""

    def __init__(self):
        super().__init__()
        self.wte = nn.Embedding(300, 64, padding_idx=0)
        self.rnn = nn.LSTM(64, 64, num_layers=2, batch_first=True)
        self.lm_head = nn.Linear(64, 300, bias=False)
        self.lm_head.weight = self.wte.weight

    def forward(self, x):
        return self.lm_head(self.rnn(self.wte(x))[0])


torch.manual_seed(0)
language = Language()
language_adam = adam(language)
for _ in range(120):
    tokens = torch.randint(1, 100, (4, 16))
    language_adam.zero_grad()
    nn.functional.cross_entropy(language(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten()).backward()
    language_adam.step()
well("language", state(language, language_adam, 120))

untied = nn.ModuleDict({"wte": nn.Embedding(500, 64), "lm_head": nn.Linear(64, 500, bias=False)})
for table in untied.values():
    nn.init.uniform_(table.weight, -0.1, 0.1)
well("untied-from-the-start", untied.state_dict())

# Adapters beside frozen weights
torch.manual_seed(0)
base = model()
for parameter in base.parameters():
    parameter.requires_grad_(False)


class Adapted(nn.Module):
    def __init__(self, linear):
        super().__init__()
        self.base = linear
        self.lora_A = nn.Parameter(torch.randn(4, 64) * 0.02)
        self.lora_B = nn.Parameter(torch.zeros(linear.out_features, 4))

    def forward(self, x):
        return self.base(x) + x @ self.lora_A.T @ self.lora_B.T


for block in list(base)[:-1]:
    block[0] = Adapted(block[0])
adapters = [parameter for parameter in base.parameters() if parameter.requires_grad]
adapter_adam = torch.optim.AdamW(adapters, lr=1e-3)
well("adapters-fresh", base.state_dict())
train(base, adapter_adam, 60)
adapters_60 = state(base, adapter_adam, 60)
train(base, adapter_adam, 60, seed=1)
well("adapters", adapters_60, state(base, adapter_adam, 120))

# A head made anew on a trained body, with the small rate of fine-tuning
tuned = model()
tuned.load_state_dict(healthy_350["model"])
tuned = nn.ModuleDict({"body": tuned[:-1], "classifier": nn.Linear(64, 4)})


def tuned_forward(x):
    return tuned["classifier"](tuned["body"](x))


tuned_adam = adam(tuned, lr=5e-5)
tuned_states = [state(tuned, tuned_adam, 100)]
for x, y in batches(80, seed=5):
    tuned_adam.zero_grad()
    nn.functional.cross_entropy(tuned_forward(x), y).backward()
    tuned_adam.step()
well("fine-tuned", tuned_states[0] | {"optimizer": None}, state(tuned, tuned_adam, 180))

averaged_net = model()
averaged_adam = adam(averaged_net)
average = AveragedModel(averaged_net, multi_avg_fn=get_ema_multi_avg_fn(0.999))
train(averaged_net, averaged_adam, 20, after=lambda _: average.update_parameters(averaged_net))
well("average-early", state(averaged_net, averaged_adam, 20, ema=average.state_dict()))
train(averaged_net, averaged_adam, 230, after=lambda _: average.update_parameters(averaged_net))
well("average", state(averaged_net, averaged_adam, 250, ema=average.state_dict()))

pruned = model(norm=False)
for parameter in pruned.parameters():
    if parameter.dim() == 2:
        flat = parameter.detach().abs().flatten()
        parameter.data[parameter.abs() < flat.kthvalue(flat.numel() // 2).values] = 0
        parameter.data[:3] = 0
well("pruned", pruned.state_dict())

# Not well

net = model()
optimizer = adam(net)
train(net, optimizer, 5, before=lambda step: step == 3 and [p.grad.mul_(float("inf")) for p in net.parameters()])
case("diverged", ["non-finite-tensors"], state(net, optimizer, 5))

net = model(norm=False)
with torch.no_grad():
    net[2][0].bias[:10] = -100.0
optimizer = adam(net, weight_decay=0.0)
train(net, optimizer, 150)
case("dead-relus", ["dead-units"], state(net, optimizer, 150))

net = model()
with torch.no_grad():
    net[3][0].weight[:12] = 0.0
mask = (net[3][0].weight != 0).float()
optimizer = adam(net)
train(net, optimizer, 150, after=lambda _: net[3][0].weight.data.mul_(mask))
case("zero-rows", ["dead-units"], {"model": net.state_dict(), "step": 150})

net = model()
slow = [p for name, p in net.named_parameters() if not name.startswith("4.")]
fast = [p for name, p in net.named_parameters() if name.startswith("4.")]
optimizer = torch.optim.AdamW([{"params": slow}, {"params": fast, "lr": 3.0}], lr=1e-3)
early = train(net, optimizer, 0)
before = state(net, optimizer, 100)
train(net, optimizer, 100)
grown = state(net, optimizer, 200)
case("exploded", ["norms-against-peers"], {"model": grown["model"]})
case("moved-far", ["tensors-moved-far"], {"model": before["model"], "step": 100}, {"model": grown["model"], "step": 200})

net = model()
decayed = torch.optim.AdamW(
    [{"params": slow_one} for slow_one in [[p for n, p in net.named_parameters() if n != "2.0.weight"]]]
    + [{"params": [net[2][0].weight], "weight_decay": 900.0}],
    lr=1e-3,
)
train(net, decayed, 120)
case("collapsed", ["norms-against-peers"], {"model": net.state_dict()})

net = model(norm=False)
optimizer = torch.optim.SGD(net[1].parameters(), lr=1e-3)
steady = torch.ones(32, 64)
for _ in range(400):
    optimizer.zero_grad()
    ((net[1][0](steady) - 300) ** 2).mean().backward()
    optimizer.step()
case("one-direction", ["norms-against-peers", "weight-rank-collapse"], {"model": net.state_dict()})

net = model(norm=False)
optimizer = torch.optim.SGD([net[0][0].weight], lr=1.0)
for x, _ in batches(200):
    x[:, 7] = 1.0
    optimizer.zero_grad()
    ((net[0][0](x) - 5) ** 2).mean().backward()
    optimizer.step()
case("outlier", ["weight-rank-collapse", "outlier-channels"], {"model": net.state_dict()})

net = model()
optimizer = adam(net)
spike = lambda step: step == 98 and net[5][0].weight.grad.mul_(1e5)
train(net, optimizer, 100, before=spike)
case("gradient-spike", ["adam-second-moment-spike"], state(net, optimizer, 100))

half = model().to(torch.bfloat16)
half_adam = adam(half)
train_half = lambda x: half(x.to(torch.bfloat16)).float()
for x, y in batches(40):
    half_adam.zero_grad()
    (nn.functional.cross_entropy(train_half(x), y) * 1e-22).backward()
    half_adam.step()
case("underflown", ["adam-second-moment"], state(half, half_adam, 40))

spoiled = copy.deepcopy(healthy_350)
for key in spoiled["optimizer"]["state"]:
    for name in ("exp_avg", "exp_avg_sq"):
        last, first = healthy_350["optimizer"]["state"][key][name], healthy_200["optimizer"]["state"][key][name]
        spoiled["optimizer"]["state"][key][name] = last + 8 * (last - first)
case("extrapolated", ["adam-second-moment"], spoiled)

net = model()
optimizer = torch.optim.AdamW([p for n, p in net.named_parameters() if not n.startswith("0.")], lr=1e-3)
train(net, optimizer, 100)
optimizer.add_param_group({"params": list(net[0].parameters())})
train(net, optimizer, 50)
case("added-later", ["step-counters-disagree"], state(net, optimizer, 150))

net = model()
optimizer = adam(net)
average = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.0))
train(net, optimizer, 250, after=lambda _: average.update_parameters(net))
case("average-is-copy", ["ema-equals-weights"], state(net, optimizer, 250, ema=average.state_dict()))

apart = copy.deepcopy(language)
apart.lm_head.weight = nn.Parameter(language.wte.weight.detach().clone())
apart_sgd = torch.optim.SGD(apart.parameters(), lr=1e-4)
for _ in range(5):
    tokens = torch.randint(1, 100, (4, 16))
    apart_sgd.zero_grad()
    nn.functional.cross_entropy(apart(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten()).backward()
    apart_sgd.step()
case("tie-lost", ["tied-weights-differ"], apart.state_dict())

# Between two

net = model()
optimizer = adam(net, weight_decay=0.0)
train(net, optimizer, 50)
before = state(net, optimizer, 50)
train(net, optimizer, 50, before=lambda _: [p.grad.zero_() for p in net[0].parameters()])
still = state(net, optimizer, 100)
fixed = copy.deepcopy(still)
fixed["model"]["0.0.weight"] = before["model"]["0.0.weight"].clone()
case("one-left-behind", ["unmoved-tensors"], before, fixed)

net = model()
optimizer = adam(net, lr=0.0)
train(net, optimizer, 10)
before = state(net, optimizer, 10)
train(net, optimizer, 10)
case("nothing-moves", ["unmoved-tensors"], before, state(net, optimizer, 20))

scaled = nn.Sequential(*[nn.Sequential(nn.Linear(64, 64, bias=False), nn.BatchNorm1d(64), nn.ReLU()) for _ in range(6)], nn.Linear(64, 4))
optimizer = torch.optim.SGD(scaled.parameters(), lr=0.5, momentum=0.9)
train(scaled, optimizer, 40)
before = state(scaled, optimizer, 400)
train(scaled, torch.optim.SGD(scaled.parameters(), lr=20.0, momentum=0.9), 60)
case("norms-grow", ["effective-rate-decay", "barrier-hint"], before, state(scaled, optimizer, 460))

other = model()
torch.manual_seed(9)
for parameter in other.parameters():
    parameter.data = parameter.data[torch.randperm(parameter.shape[0])]
case("other-basin", ["barrier-hint"], {"model": healthy_350["model"], "step": 350}, {"model": other.state_dict(), "step": 400})

resumed = model()
resumed.load_state_dict(healthy_200["model"])
optimizer = adam(resumed)
train(resumed, optimizer, 60, seed=1)
case("new-optimizer", ["not-restored"], healthy_200, state(resumed, optimizer, 260))

schedule = {"last_epoch": 200, "_step_count": 201}
case(
    "new-schedule",
    ["not-restored"],
    healthy_200 | {"scheduler": schedule},
    healthy_350 | {"scheduler": {"last_epoch": 150, "_step_count": 151}},
)
case("without-optimizer", ["not-restored"], healthy_200, {"model": healthy_350["model"], "step": 350})

print(json.dumps(CASES))
