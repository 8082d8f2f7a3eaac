"""Runs models before and after an edit, in one process, and reports what the edit did to them."""

import importlib.util
import json
import sys
import traceback

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)


def load(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def model_of(path):
    torch.manual_seed(0)
    return load(path, "model").Model()


def adopted(after, before):
    loaded = after.load_state_dict(before.state_dict(), strict=False)
    return {"missing": list(loaded.missing_keys), "unexpected": list(loaded.unexpected_keys)}


def trained(model, run, steps=5):
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(steps):
        loss = run(model)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    moved = all(p.grad is not None and bool(torch.isfinite(p.grad).all()) for p in model.parameters())
    return {"losses": losses, "trained": moved}


def grow(model, factor):
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.Linear):
                module.weight.mul_(factor)
            elif isinstance(module, nn.MultiheadAttention):
                module.in_proj_weight.mul_(factor)


def blocks_of(model):
    """The list of its 24 blocks, wherever it is kept."""
    return [m for m in model.modules() if isinstance(m, (nn.ModuleList, nn.Sequential)) and len(m) == 24][0]


def variances(model, x):
    """Variance of the residual stream behind each block."""
    seen = []
    handles = [
        block.register_forward_hook(lambda _m, _i, out: seen.append(float(out.var()))) for block in blocks_of(model)
    ]
    with torch.no_grad():
        model(x)
    for handle in handles:
        handle.remove()
    return seen


def stream(before_path, after_path):
    """The residual stream, the weights of the sub-layers made large as late in a run, in training and in evaluation."""
    before, after = model_of(before_path), model_of(after_path)
    x = torch.randn(2, 8, 32)
    result = adopted(after, before)
    result.update(trained(after, lambda model: (model(x) - x).pow(2).mean()))
    streams = {}
    for name, model in (("before", before), ("after", after)):
        grow(model, 4.0)
        streams[name] = variances(model.train(), x)
        streams[f"{name} evaluated"] = variances(model.eval(), x)
    result["streams"] = streams
    return result


class Logits:
    """The largest attention logit while it is active, whichever way attention is written."""

    def __init__(self):
        self.largest = 0.0

    def see(self, logits):
        finite = logits[torch.isfinite(logits)]
        self.largest = max(self.largest, float(finite.abs().max()))

    def __enter__(self):
        self.saved = F.scaled_dot_product_attention, F.softmax, torch.Tensor.softmax
        fused, softmax, method = self.saved

        def watched_fused(query, key, value, *args, **kwargs):
            self.see(query @ key.transpose(-2, -1) / query.shape[-1] ** 0.5)
            return fused(query, key, value, *args, **kwargs)

        def watched_softmax(x, *args, **kwargs):
            self.see(x)
            return softmax(x, *args, **kwargs)

        def watched_method(x, *args, **kwargs):
            self.see(x)
            return method(x, *args, **kwargs)

        F.scaled_dot_product_attention, F.softmax, torch.Tensor.softmax = watched_fused, watched_softmax, watched_method
        return self

    def __exit__(self, *_):
        F.scaled_dot_product_attention, F.softmax, torch.Tensor.softmax = self.saved


def attention(before_path, after_path):
    before, after = model_of(before_path), model_of(after_path)
    result = adopted(after, before)
    x = torch.randn(2, 8, 32)
    result.update(trained(after, lambda model: (model(x) - x).pow(2).mean()))
    for name, path in (("before", before_path), ("after", after_path)):
        model = model_of(path)
        grow(model, 10.0)
        with torch.no_grad(), Logits() as logits:
            model(x)
        result[name] = logits.largest
    return result


def wide_inputs(model, x):
    """Root mean square of what goes into each linear layer that has more inputs than the stream has features."""
    seen = []
    wide = [m for m in model.modules() if isinstance(m, nn.Linear) and m.in_features > 32]
    handles = [m.register_forward_pre_hook(lambda _m, i: seen.append(float(i[0].pow(2).mean().sqrt()))) for m in wide]
    with torch.no_grad():
        model(x)
    for handle in handles:
        handle.remove()
    return seen


def norm_former(before_path, after_path):
    """What feed-forward layers hand on and attention gives off once weights have grown; what a head's gain does."""
    before, after = model_of(before_path), model_of(after_path)
    x = torch.randn(2, 8, 32)
    result = adopted(after, before)
    result.update(trained(after, lambda model: (model(x) - x).pow(2).mean()))
    before, after = model_of(before_path), model_of(after_path)
    for name, model in (("before", before), ("after", after)):
        grow(model.train(), 100.0)
        result[name] = max(wide_inputs(model, x))
    result["after evaluated"] = max(wide_inputs(after.eval(), x))
    given = []
    for name, module in after.named_modules():
        if name.endswith("_out"):
            module.register_forward_hook(lambda _m, _i, out: given.append(float(out.pow(2).mean().sqrt())))
    gains = [p for name, p in after.named_parameters() if name.endswith("head_gain")]
    silenced = []
    for name, module in after.named_modules():
        if gains and name.endswith("attn.c_proj"):
            module.register_forward_pre_hook(lambda _m, i: silenced.append(float(i[0][..., :8].abs().max())))
    with torch.no_grad():
        for gain in gains:
            gain[0] = 0.0
        after(x)
    result["given"] = given
    result["heads"] = [len(gains), max(silenced, default=0.0)]
    return result


def mixed(before_path, after_path):
    """The stream behind each block, and by how much the later blocks make something else of the same input."""
    result = stream(before_path, after_path)
    before, after = model_of(before_path), model_of(after_path)
    x = y = torch.randn(2, 8, 32)
    with torch.no_grad():
        for old, new in list(zip(blocks_of(before), blocks_of(after)))[6:]:
            x, y = old(x), new(y)
    result["formula"] = float((x - y).abs().max())
    return result


def small(before_path, after_path):
    """By how much weights differ at the start, and the stream that comes of it; sub-layers have weights of size one."""
    before, after = model_of(before_path), model_of(after_path)
    x = torch.randn(2, 8, 32)
    result = adopted(model_of(after_path), before)
    old = dict(before.named_parameters())
    ratios = {name: float((p / old[name]).mean()) for name, p in after.named_parameters() if not torch.equal(p, old[name])}
    result["changed"] = sorted({round(ratio, 5) for ratio in ratios.values()})
    result["layers"] = len(ratios)
    result.update(trained(model_of(after_path), lambda model: (model(x) - x).pow(2).mean()))
    result["streams"] = {}
    for name, model in (("before", before), ("after", after)):
        grow(model, 4.0)
        result["streams"][name] = variances(model, x)
    return result


def watched_run(path):
    """Runs a script; the first losses that it goes back through, and what went into its first cross entropy."""
    seen = {"losses": [], "first": None}
    backward, cross_entropy = torch.Tensor.backward, F.cross_entropy

    def watched_backward(loss, *args, **kwargs):
        seen["losses"].append(loss.item())
        return backward(loss, *args, **kwargs)

    def watched_cross_entropy(logits, targets, *args, **kwargs):
        if seen["first"] is None:
            seen["first"] = logits.detach().double(), targets, kwargs.get("ignore_index", -100)
        return cross_entropy(logits, targets, *args, **kwargs)

    torch.Tensor.backward, F.cross_entropy = watched_backward, watched_cross_entropy
    try:
        module = load(path, "script")
    finally:
        torch.Tensor.backward, F.cross_entropy = backward, cross_entropy
    return seen, module


def loss(before_path, after_path):
    (before, script), (after, changed) = watched_run(before_path), watched_run(after_path)
    logits, targets, ignored = before["first"]
    kept = targets != ignored
    log_z = torch.logsumexp(logits, 1)[kept]
    entropy = F.cross_entropy(logits, targets, ignore_index=ignored).item()
    scores = torch.where(logits < 0, 1 / (1 - logits), logits + 1)
    stable = -torch.log(scores[torch.arange(len(targets)), targets.clamp(min=0)] / scores.sum(1))[kept].mean().item()
    changed.model.load_state_dict(script.model.state_dict())
    return {
        # Accumulation divides both alike.
        "ratio": after["losses"][0] / before["losses"][0],
        "with z": (entropy + 1e-4 * log_z.pow(2).mean().item()) / entropy,
        "stable": stable / entropy,
        "steps": [len(before["losses"]), len(after["losses"])],
        "last": [before["losses"][-1], after["losses"][0], after["losses"][-1]],
        "evaluated": [script.evaluate(), changed.evaluate()],
    }


def capped(before_path, after_path):
    """Largest logits of both models once their heads have grown, and what small logits become."""
    before, after = model_of(before_path), model_of(after_path)
    result = adopted(after, before)
    x = torch.randn(2, 8, 32)
    result.update(trained(after, lambda model: (model(x) - x).pow(2).mean()))
    before, after = model_of(before_path), model_of(after_path)
    with torch.no_grad():
        small = before(x)
        result["formula"] = float((after(x) - 30 * torch.tanh(small / 30)).abs().max())
        for model in (before, after):
            model.lm_head.weight.mul_(1000.0)
        result["before"] = float(torch.cat([before(x), before(x, last=True)], 1).abs().max())
        result["after"] = float(torch.cat([after(x), after(x, last=True)], 1).abs().max())
    return result


def root_mean_square(before_path, after_path):
    """What the norms of the new model do to activations, against the formula; which of the old weights are left over."""
    before, after = model_of(before_path), model_of(after_path)
    result = adopted(after, before)
    norms = [m for m in after.modules() if isinstance(m, nn.RMSNorm)]
    old = [m for m in before.modules() if isinstance(m, nn.LayerNorm)]
    x = torch.randn(4, 32) + 3.0
    result["norms"] = [len(norms), len(old)]
    result["epsilons"] = [[new.eps, was.eps] for new, was in zip(norms, old)]
    with torch.no_grad():
        expected = x / (x.pow(2).mean(-1, keepdim=True) + norms[0].eps).sqrt()
        result["formula"] = float((norms[0](x) - expected).abs().max())
    y = torch.randn(2, 8, 32)
    result.update(trained(after, lambda model: (model(y) - y).pow(2).mean()))
    return result


def revived(before_path, after_path):
    """Units that are silent for every input, after their weights have drifted to where ReLU is flat."""
    result = {}
    x = torch.randn(64, 32)
    for name, path in (("before", before_path), ("after", after_path)):
        model = model_of(path)
        with torch.no_grad():
            for layer in model.modules():
                if isinstance(layer, nn.Linear):
                    layer.bias.sub_(100.0)
        silent, units = 0, 0
        for sequential in (model.critic, model.actor):
            y = x
            for layer in sequential:
                y = layer(y)
                if isinstance(layer, nn.ReLU):
                    silent += int((y <= 0).all(0).sum())
                    units += y.shape[1]
        result[name] = silent / units
    after = model_of(after_path)
    result["norms"] = [sum(isinstance(m, nn.LayerNorm) for m in m_.modules()) for m_ in (after, model_of(before_path))]
    result["order"] = [type(layer).__name__ for layer in (*after.critic, *after.actor)]
    result.update(trained(after, lambda model: (model(x) - x).pow(2).mean()))
    return result


def names_of(model):
    return {id(p): name for name, p in model.named_parameters()}


def silence(model):
    """Units that give nothing for any input: two channels that are flattened later, and three units of the trunk."""
    with torch.no_grad():
        model.conv2.bias[:2] = -100.0
        model.trunk.bias[:3] = -100.0


def backward(module):
    module.optimizer.zero_grad()
    module.loss_of().backward()


def hidden_of(model, x):
    """What the units of the trunk give off."""
    with torch.no_grad():
        return F.relu(model.trunk(F.relu(model.conv2(F.relu(model.conv1(x)))).flatten(1)))


def outputs_of(module):
    with torch.no_grad():
        return torch.cat(module.model(module.inputs), 1)


def recycled(before_path, after_path):
    """What the helper of ReDo does at the step at which it acts, to the network and to what Adam remembers."""
    module = load(after_path, "script")
    model, optimizer = module.model, module.optimizer
    silence(model)
    watch = module.HiddenUnits(optimizer)
    backward(module)
    parameters = names_of(model)
    links = {parameters[id(l.weight)]: [parameters[id(r.weight)] for r in readers] for l, readers, _, _ in watch.take()}
    watch.hook.remove()
    optimizer.param_groups[0]["redo_step"] = 997
    module.recycle_dormant_units(optimizer)
    backward(module)
    outputs = outputs_of(module)
    weights = {name: p.detach().clone() for name, p in model.named_parameters()}
    size = hidden_of(model, module.inputs).abs().mean(0)
    others = size > 0.025 * size.mean()
    module.recycle_dormant_units(optimizer)
    now = {name: p.detach() for name, p in model.named_parameters()}
    moments = optimizer.state[model.trunk.weight]["exp_avg_sq"]
    policy, trunk = now["policy.weight"], now["trunk.weight"]
    return {
        "links": links,
        "renewed": [i for i in range(8) if not torch.equal(now["conv2.weight"][i], weights["conv2.weight"][i])],
        # Two channels of sixteen places each, and some units, no longer go anywhere; all else is as it was.
        "outgoing": float(policy[:, ~others].abs().max() + trunk[others, :32].abs().max()),
        "kept": torch.equal(trunk[others, 32:], weights["trunk.weight"][others, 32:])
        and torch.equal(policy[:, others], weights["policy.weight"][:, others])
        and torch.equal(now["conv1.weight"], weights["conv1.weight"]),
        "moments": [float(moments[~others].abs().max()), float(moments[others, 32:].max())],
        "formula": float((outputs - outputs_of(module)).abs().max()),
        "alive": int((hidden_of(model, module.inputs) > 0).any(0)[:3].sum()),
        "hooks": len(torch.nn.modules.module._global_forward_hooks),
    }


def continual(before_path, after_path):
    """Which units continual backprop renews, and what becomes of what the network computes."""
    module = load(after_path, "script")
    model, optimizer = module.model, module.optimizer
    memory = optimizer.param_groups[0]["continual_backprop"]
    trunk = [p is model.trunk.weight for p in model.parameters()].index(True)

    def renewed_of(due, ages=None):
        memory.clear()
        for _ in range(5):
            backward(module)
            module.continual_backprop(optimizer, rate=1e-9, maturity=3)
        if ages is not None:
            memory[trunk]["age"] = ages
        memory[trunk]["due"] = due
        weights, outputs = model.trunk.weight.detach().clone(), outputs_of(module)
        backward(module)
        module.continual_backprop(optimizer, rate=1e-9, maturity=3)
        renewed = [i for i in range(len(weights)) if not torch.equal(model.trunk.weight[i], weights[i])]
        return renewed, float((outputs - outputs_of(module)).abs().max())

    use = hidden_of(model, module.inputs).abs().mean(0)
    use *= model.policy.weight.abs().mean(0) + model.value.weight.abs().mean(0)
    renewed, _ = renewed_of(3.0)
    ages = memory[trunk]["age"].tolist()
    with torch.no_grad():  # three units that say much, the same whatever they see; only they are old enough
        model.trunk.weight[3:6] = 0.0
        model.trunk.bias[3:6] = torch.tensor([1.0, 2.0, 3.0])
        model.policy.weight[:, 3:6] = 1.0
    old = torch.where(torch.arange(24) // 3 == 1, 5.0, 0.0)
    constant, off = renewed_of(3.0, old)
    hooks = torch.nn.modules.module._global_forward_hooks
    result = {
        "renewed": renewed,
        "least useful": sorted(use.topk(3, largest=False).indices.tolist()),
        "constant": constant,
        "formula": off,
        "ages": ages,
        "hooks": len(hooks),
    }
    hooks.clear()
    return result


def critic(before_path, after_path):
    """How steep the critic is between real and generated examples, and how large its weights are."""
    before, after = load(before_path, "before"), load(after_path, "after")
    result = {}
    for name, module in (("before", before), ("after", after)):
        torch.manual_seed(1)
        share = torch.rand(256, 1)
        x = (share * module.real_examples(256) + (1 - share) * module.generator(torch.randn(256, 4)).detach())
        x.requires_grad_(True)
        (slopes,) = torch.autograd.grad(module.score(x).sum(), x)
        result[name] = float((slopes.norm(dim=1) - 1).abs().mean())
        weights = torch.cat([p.detach().flatten() for p in module.critic.parameters()])
        result["limits"] = [*result.get("limits", []), float(weights.abs().max())]
    # The slope of a linear critic is its weight, wherever it is looked at.
    linear = nn.Linear(3, 1)
    penalty = after.gradient_penalty(linear, torch.randn(8, 3), torch.randn(5, 3))
    result["formula"] = float((penalty - 10 * (linear.weight.norm() - 1) ** 2).abs().detach())
    penalty.backward()
    result["trained"] = linear.weight.grad is not None and bool((linear.weight.grad != 0).all())
    return result


def kept_sizes(model, x):
    """Size of the second of each two tensors that are joined."""
    sizes, cat = [], torch.cat

    def watched(tensors, *args, **kwargs):
        sizes.append(float(tensors[1].norm()))
        return cat(tensors, *args, **kwargs)

    torch.cat = watched
    try:
        with torch.no_grad():
            model(x)
    finally:
        torch.cat = cat
    return sizes


def skips(before_path, after_path):
    """By which factor each skip counts, the innermost first."""
    before, after = model_of(before_path), model_of(after_path)
    x = torch.randn(2, 4, 32)
    result = adopted(after, before)
    result["factors"] = [one / other for one, other in zip(kept_sizes(after, x), kept_sizes(before, x))]
    result.update(trained(after, lambda model: (model(x) - x).pow(2).mean()))
    return result


def quantized(before_path, after_path):
    """Which codes a step moves, which are used at the end of a short training, and how codes are looked up."""
    result = {"moved": [], "used": []}
    for path in (before_path, after_path):
        torch.manual_seed(0)
        module = load(path, "script")
        model = module.quantizer
        torch.manual_seed(1)
        vectors = torch.randn(2048, 8)
        every = torch.arange(64)
        optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
        start = model.get_codebook_entry(every).detach().clone()
        _, loss, indices = model(vectors[:4].clone())
        loss.backward()
        optimizer.step()
        moved = (model.get_codebook_entry(every).detach() - start).abs().max(1).values > 0
        result["moved"].append([int(moved.sum()), len(indices.unique())])
        optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=3e-3)
        for step in range(300):
            batch = vectors[torch.randint(0, 2048, (256,))]
            optimizer.zero_grad()
            model(batch)[1].backward()
            optimizer.step()
        codes, _, indices = model(vectors)
        result["used"].append(len(indices.unique()))
        result["formula"] = float((codes - model.get_codebook_entry(indices)).abs().max().detach())
        frozen = [p for p in model.parameters() if not p.requires_grad]
    result["frozen"] = [list(p.shape) for p in frozen]
    torch.manual_seed(0)
    result["deviation"] = float(load(after_path, "script").quantizer.state_dict()[frozen_name(model)].std() * 8**0.5)
    return result


def frozen_name(model):
    return next(name for name, p in model.named_parameters() if not p.requires_grad)


CHECKS = {
    "quantized": quantized,
    "skips": skips,
    "critic": critic,
    "recycled": recycled,
    "continual": continual,
    "attention": attention,
    "stream": stream,
    "norm_former": norm_former,
    "mixed": mixed,
    "small": small,
    "loss": loss,
    "capped": capped,
    "root_mean_square": root_mean_square,
    "revived": revived,
}


def main(out, jobs):
    results = {}
    with open(jobs, encoding="utf-8") as file:
        for job in json.load(file):
            try:
                results[job["name"]] = CHECKS[job["check"]](job["before"], job["after"])
            except Exception:
                results[job["name"]] = {"error": traceback.format_exc()}
    with open(out, "w", encoding="utf-8") as file:
        json.dump(results, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
