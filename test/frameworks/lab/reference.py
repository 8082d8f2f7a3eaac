"""The lab's proxies and optimizers a second time, in PyTorch, from the papers' formulas and torch.optim.

Reads files of what the lab's child told of runs (first weights, batches, last weights, losses), trains the same and
prints for each by how much the two differ. Weights are applied from the right, as in the lab.
"""

import json
import math
import sys

import torch

torch.set_num_threads(1)
EPS = 1e-5


def norm(x, weights, name, kind):
    if kind == "rms":
        return x / torch.sqrt(x.pow(2).mean(-1, keepdim=True) + EPS) * weights[name + ".gain"]
    return torch.nn.functional.layer_norm(x, x.shape[-1:], weights[name + ".gain"], weights[name + ".bias"], EPS)


def activated(x, kind):
    return torch.relu(x) if kind == "relu" else torch.nn.functional.gelu(x, approximate="tanh")


def transformer(model, w, tokens):
    batch, context = tokens.shape
    width, heads, placement, kind = model["width"], model["heads"], model["placement"], model["norm"]
    x = w["embedding.tokens"][tokens] + w["embedding.positions"]
    if placement == "peri":
        x = norm(x, w, "embedding.norm", kind)
    mask = torch.full((context, context), float("-inf")).triu(1)

    def attention(name, x):
        def split(projection):
            y = (x @ w[f"{name}.{projection}"]).view(batch, context, heads, width // heads)
            if model["qkNorm"] and projection != "value":
                y = norm(y, w, f"{name}.{projection}_norm", kind)
            return y.transpose(1, 2)

        scores = split("query") @ split("key").transpose(-1, -2) / math.sqrt(width // heads)
        y = torch.softmax(scores + mask, -1) @ split("value")
        if placement == "normformer":
            y = y * w[f"{name}.head_scales"].view(1, heads, 1, 1)
        return y.transpose(1, 2).reshape(batch, context, width) @ w[f"{name}.output"]

    def mlp(name, x):
        hidden = activated(x @ w[f"{name}.mlp.input"], model["activation"])
        if placement == "normformer":
            hidden = norm(hidden, w, f"{name}.mlp_hidden_norm", kind)
        return hidden @ w[f"{name}.mlp.output"]

    for block in range(model["depth"]):
        name = f"blocks.{block}"
        post = placement == "post" or (placement == "mix" and block < math.ceil(0.25 * model["depth"]))
        for branch, layer in (("attention", lambda y: attention(name + ".attention", y)), ("mlp", lambda y: mlp(name, y))):
            if placement == "none":
                x = x + layer(x)
            elif post:
                x = norm(x + layer(x), w, f"{name}.{branch}_norm", kind)
            else:
                y = layer(norm(x, w, f"{name}.{branch}_norm", kind))
                if placement == "peri" or (placement == "normformer" and branch == "attention"):
                    y = norm(y, w, f"{name}.{branch}_output_norm", kind)
                x = x + y
    if placement not in ("post", "none"):
        x = norm(x, w, "final_norm", kind)
    return (x @ w["head.weight"]).reshape(batch * context, -1)


def mlp(model, w, x):
    for layer in range(model["depth"]):
        name = f"blocks.{layer}"
        x = x @ w[name + ".weight"] + w[name + ".bias"]
        if model["layerNorm"]:
            x = norm(x, w, name + ".norm", "layer")
        x = activated(x, model["activation"])
    return x @ w["head.weight"] + w["head.bias"]


def cnn(model, w, x):
    side = int(math.sqrt(x.shape[1]))
    x = x.view(-1, 1, side, side)
    for layer in range(model["depth"]):
        name = f"blocks.{layer}"
        kernel = w[name + ".weight"].view(3, 3, x.shape[1], model["width"]).permute(3, 2, 0, 1)
        x = torch.nn.functional.conv2d(x, kernel, w[name + ".bias"], padding=1)
        if model["layerNorm"]:
            x = norm(x.permute(0, 2, 3, 1), w, name + ".norm", "layer").permute(0, 3, 1, 2)
        x = torch.nn.functional.avg_pool2d(activated(x, model["activation"]), 2)
    return x.permute(0, 2, 3, 1).flatten(1) @ w["head.weight"] + w["head.bias"]


def cross_entropy(loss, logits, targets):
    asked = targets >= 0
    logits, targets = logits[asked], targets[asked]
    if loss["softCap"] > 0:
        logits = loss["softCap"] * torch.tanh(logits / loss["softCap"])
    if loss["kind"] == "stablemax":
        scores = torch.where(logits >= 0, logits + 1, 1 / (1 - logits.clamp(max=0)))
        value = -(scores.gather(1, targets[:, None])[:, 0] / scores.sum(1)).log().mean()
        return value, value
    value = torch.nn.functional.cross_entropy(logits, targets)
    return value, value + loss["zLoss"] * torch.logsumexp(logits, -1).pow(2).mean()


class Formula(torch.optim.Optimizer):
    """Optimizers that torch does not have."""

    def __init__(self, params, names, o):
        super().__init__(params, dict(lr=o["learningRate"]))
        self.names, self.o, self.t, self.count = names, o, 0, -1

    @torch.no_grad()
    def step(self):
        group = self.param_groups[0]
        self.count += 1
        o, lr = self.o, group["lr"]
        if o["kind"] in ("spam", "stable-spam") and self.count > 0 and self.count % o["resetInterval"] == 0:
            self.t = 0
            for p in group["params"]:
                for key in ("m", "v"):
                    self.state[p][key].zero_()
        since = self.count % o["resetInterval"]
        if o["kind"] == "spam" and self.count >= o["resetInterval"] and since <= o["rewarmSteps"]:
            lr = lr * (1 - 0.99 * (1 + math.cos(math.pi * since / o["rewarmSteps"])) / 2)
        self.t += 1
        for name, p in zip(self.names, group["params"]):
            getattr(self, o["kind"].replace("-", "_"))(name, p, self.state[p], lr, since)

    def adam(self, p, s, g, lr, decay=None):
        o = self.o
        if "m" not in s:
            s["m"], s["v"] = torch.zeros_like(p), torch.zeros_like(p)
        s["m"].lerp_(g, 1 - o["beta1"])
        s["v"].mul_(o["beta2"]).addcmul_(g, g, value=1 - o["beta2"])
        hat = s["v"] / (1 - o["beta2"] ** self.t)
        return s["m"] / (1 - o["beta1"] ** self.t) / (hat.sqrt() + o["epsilon"])

    def apply(self, p, direction, lr, decay):
        p.mul_(1 - lr * decay).sub_(direction, alpha=lr)

    def spam(self, name, p, s, lr, since):
        g = p.grad
        if since >= self.o["graceSteps"] and "v" in s:
            limit = self.o["spikeThreshold"] * s["v"]
            g = torch.where((g * g > limit) & (limit > 0), g.sign() * limit.sqrt(), g)
        self.apply(p, self.adam(p, s, g, lr), lr, self.o["weightDecay"])

    def stable_spam(self, name, p, s, lr, since):
        g = p.grad
        if g.any():
            h = s.setdefault("history", [0, 0.0, 0.0, 0.0])
            h[0] += 1
            peak = g.abs().max().item()
            h[1] = 0.999 * h[1] + 0.001 * peak
            bound = h[1] / (1 - 0.999 ** h[0])
            g = torch.where(g.abs() > bound, g / peak * bound, g)
            size = g.norm().item()
            h[2] = 0.7 * h[2] + 0.3 * size
            h[3] = 0.9 * h[3] + 0.1 * size**2
            g = g / size * (h[2] / (1 - 0.7 ** h[0])) / (math.sqrt(h[3] / (1 - 0.9 ** h[0])) + 1e-8)
        self.apply(p, self.adam(p, s, g, lr), lr, self.o["weightDecay"])

    def adamp(self, name, p, s, lr, since):
        direction, decay = self.adam(p, s, p.grad, lr), self.o["weightDecay"]
        if p.ndim > 1:
            for view in (lambda t: t.t(), lambda t: t.reshape(1, -1)):
                w, g = view(p), view(p.grad)
                cosine = (w * g).sum(1).abs() / (w.norm(dim=1) * g.norm(dim=1)).clamp(min=1e-30)
                if cosine.max() < 0.1 / math.sqrt(w.shape[1]):
                    unit = w / w.norm(dim=1, keepdim=True)
                    d = view(direction)
                    d = d - unit * (unit * d).sum(1, keepdim=True)
                    direction = d.t() if w.shape[0] > 1 else d.reshape(p.shape)
                    decay *= 0.1
                    break
        self.apply(p, direction, lr, decay)

    def lion(self, name, p, s, lr, since):
        o = self.o
        m = s.setdefault("m", torch.zeros_like(p))
        self.apply(p, (o["beta1"] * m + (1 - o["beta1"]) * p.grad).sign(), lr, o["weightDecay"])
        m.mul_(o["beta2"]).add_(p.grad, alpha=1 - o["beta2"])

    def muon(self, name, p, s, lr, since):
        o = self.o
        if p.ndim != 2 or not name.startswith("blocks."):
            return self.apply(p, self.adam(p, s, p.grad, lr), lr, o["weightDecay"])
        m = s.setdefault("m", torch.zeros_like(p))
        m.lerp_(p.grad, 1 - o["momentum"])
        x = p.grad.lerp(m, o["momentum"])
        tall = x.shape[0] > x.shape[1]
        x = x.t() if tall else x
        x = x / (x.norm() + 1e-7)
        for _ in range(5):
            gram = x @ x.t()
            x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
        x = x.t() if tall else x
        self.apply(p, 0.2 * math.sqrt(max(p.shape)) * x, lr, o["weightDecay"])


def make_optimizer(o, params, names):
    common = dict(lr=o["learningRate"], betas=(o["beta1"], o["beta2"]), eps=o["epsilon"], weight_decay=o["weightDecay"])
    torch_has = {
        "adamw": lambda: torch.optim.AdamW(params, **common),
        "adam": lambda: torch.optim.Adam(params, **common),
        "amsgrad": lambda: torch.optim.AdamW(params, **common, amsgrad=True),
        "radam": lambda: torch.optim.RAdam(params, **common, decoupled_weight_decay=True),
        "sgd": lambda: torch.optim.SGD(params, o["learningRate"], momentum=o["momentum"], weight_decay=o["weightDecay"]),
    }
    return torch_has[o["kind"]]() if o["kind"] in torch_has else Formula(params, names, o)


class Clip:
    """Clipping from the papers' formulas, on gradients in place."""

    def __init__(self, c):
        self.c, self.t, self.norms, self.mu, self.var, self.gamma = c, 0, [], 0.0, 0.0, {}

    def __call__(self, params):
        self.t += 1
        getattr(self, self.c["kind"])(params)

    def norm(self, params):
        torch.nn.utils.clip_grad_norm_(params, self.c["limit"])

    def value(self, params):
        torch.nn.utils.clip_grad_value_(params, self.c["limit"])

    def autoclip(self, params):
        self.norms.append(torch.nn.utils.clip_grad_norm_(params, float("inf")).double().item())
        limit = torch.quantile(torch.tensor(self.norms, dtype=torch.float64), self.c["percentile"] / 100)
        torch.nn.utils.clip_grad_norm_(params, limit.item())

    def zclip(self, params):
        size = torch.nn.utils.clip_grad_norm_(params, float("inf")).item()
        if len(self.norms) < self.c["warmupSteps"]:
            self.norms.append(size)
            norms = torch.tensor(self.norms, dtype=torch.float64)
            self.mu, self.var = norms.mean().item(), norms.var(correction=0).item()
            return
        sigma = math.sqrt(self.var)
        z = (size - self.mu) / (sigma + 1e-6)
        if z > self.c["threshold"]:
            size = self.mu + self.c["threshold"] ** 2 * sigma / z
            torch.nn.utils.clip_grad_norm_(params, size)
        a = self.c["alpha"]
        self.mu = a * self.mu + (1 - a) * size
        self.var = a * self.var + (1 - a) * (size - self.mu) ** 2

    def adagc(self, params):
        warm = self.t <= self.c["warmupSteps"]
        if warm:
            torch.nn.utils.clip_grad_norm_(params, self.c["absolute"])
        for i, p in enumerate(params):
            size = p.grad.norm().item()
            if warm or i not in self.gamma:
                self.gamma[i] = min(self.gamma.get(i, math.inf), size)
            else:
                factor = min(1.0, self.c["relative"] * self.gamma[i] / size)
                p.grad.mul_(factor)
                self.gamma[i] = self.c["beta"] * self.gamma[i] + (1 - self.c["beta"]) * factor * size


def compare(run):
    settings = run["settings"]
    tensor = lambda t: torch.tensor(t["values"], dtype=torch.float32).view(t["shape"])
    w = {name: tensor(t).requires_grad_() for name, t in run["first"].items()}
    model = settings["model"]
    forward = {"transformer": transformer, "mlp": mlp, "cnn": cnn}[model["kind"]]
    params = list(w.values())
    optimizer = make_optimizer(settings["optimizer"], params, list(w))
    clips = [Clip(c) for c in settings["clipping"]]
    worst = 0.0
    for step, batch in enumerate(run["batches"]):
        dtype = torch.long if model["kind"] == "transformer" else torch.float32
        inputs = torch.tensor(batch["inputs"]["values"], dtype=dtype).view(batch["inputs"]["shape"])
        targets = torch.tensor(batch["targets"]["values"], dtype=torch.long).flatten()
        value, objective = cross_entropy(settings["loss"], forward(model, w, inputs), targets)
        worst = max(worst, abs(value.item() - run["losses"][step]))
        optimizer.zero_grad()
        objective.backward()
        for p in params:
            p.grad = torch.zeros_like(p) if p.grad is None else p.grad
        factor = run["factors"].get(str(step), 1)
        for p in params:
            p.grad.mul_(factor)
        for clip in clips:
            clip(params)
        optimizer.step()
    weights = max((w[name].detach() - tensor(t)).abs().max().item() for name, t in run["last"].items())
    moved = max((w[name].detach() - tensor(t)).abs().max().item() for name, t in run["first"].items())
    return {"loss": worst, "weights": weights, "moved": moved}


if __name__ == "__main__":
    print(json.dumps([compare(json.load(open(file))) for file in sys.argv[1:]]))
