"""The runs of the corpus: what is trained, with which cause let in, and what a person would see in the curves."""

import math
import statistics

import torch

from loop import adversarial, bandit, data_parallel, train
from models import character_model, modular_addition, small_images, teacher_classification

MLP = dict(optimizer="adamw", lr=2e-3)
TEXT = dict(optimizer="adamw", lr=3e-3, warmup=40)
SGD = dict(optimizer="sgd", lr=0.05)


def mlp(seed, **options):
    return teacher_classification(seed, options.pop("batch_size", 64), **options)


def text(seed, **options):
    return character_model(seed, options.pop("batch_size", 16), **options)


def images(seed, **options):
    return small_images(seed, options.pop("batch_size", 32), **options)


def loss_of(rows):
    return [(row["step"], row["train/loss"]) for row in rows if "train/loss" in row]


def first_non_finite(rows):
    for row in rows:
        if any(isinstance(value, float) and not math.isfinite(value) for value in row.values()):
            return row["step"]
    return None


def level(points, start, stop):
    values = [value for step, value in points if start <= step < stop and math.isfinite(value)]
    return (statistics.median(values), statistics.pstdev(values)) if values else (math.nan, math.nan)


def spike_label(rows, control, at, reach=25):
    """A loss spike where the loss after the cause leaves the noise of before; with it goes where it came back."""
    points = loss_of(rows)
    median, deviation = level(points, at - 60, at)
    high = [step for step, value in points if at <= step <= at + reach and value > median + max(6 * deviation, 0.3 * median)]
    labels = []
    if high:
        labels.append({"kind": "loss_spike", "step_from": high[0], "step_to": high[-1]})
        end = points[-1][0]
        after, _ = level(points, end - 40, end + 1)
        usual, noise = level(loss_of(control), end - 40, end + 1)
        if after > usual + max(4 * noise, 0.3 * usual) and len(high) > reach // 2:
            labels.append({"kind": "divergence", "step_from": at, "step_to": end})
    norms = [(row["step"], row["grad_norm"]) for row in rows if "grad_norm" in row]
    if norms:
        middle, spread = level(norms, at - 60, at)
        jumps = [step for step, value in norms if at <= step <= at + 5 and value > middle + max(10 * spread, 4 * middle)]
        if jumps:
            labels.append({"kind": "grad_spike", "step_from": jumps[0], "step_to": jumps[-1]})
    return labels


def diverged_label(rows, control, at):
    points, usual = loss_of(rows), loss_of(control)
    end = points[-1][0]
    non_finite = first_non_finite(rows)
    if non_finite is not None:
        return [{"kind": "nan", "step_from": non_finite, "step_to": end}]
    after, _ = level(points, end - 40, end + 1)
    before, _ = level(points, max(at - 60, 0), max(at, 5))
    healthy, noise = level(usual, end - 40, end + 1)
    if after > 1.3 * healthy + 4 * noise and after > 1.05 * before:
        return [{"kind": "divergence", "step_from": at, "step_to": end}]
    return []


def stuck_label(rows, classes):
    points = loss_of(rows)
    end = points[-1][0]
    last, _ = level(points, end - 100, end + 1)
    if last > 0.93 * math.log(classes):
        return [{"kind": "plateau", "step_from": 0, "step_to": end}]
    return []


def overfitting_label(rows):
    points = [(row["step"], row["eval/loss"]) for row in rows if "eval/loss" in row]
    best_step, best = min(points, key=lambda point: point[1])
    late = statistics.mean(value for _, value in points[-3:])
    if late > 1.15 * best:
        return [{"kind": "overfitting", "step_from": best_step, "step_to": points[-1][0]}]
    return []


def non_finite_label(rows):
    step = first_non_finite(rows)
    return [] if step is None else [{"kind": "nan", "step_from": step, "step_to": rows[-1]["step"]}]


def restart_label(rows):
    steps = [row["step"] for row in rows if "train/loss" in row]
    back = [b for a, b in zip(steps, steps[1:]) if b < a]
    return [{"kind": "restart", "step_from": back[0], "step_to": back[0]}] if back else []


def healthy(build):
    return lambda seed: (build(seed), [{"kind": "healthy", "step_from": None, "step_to": None}])


def plain(make, options, **task_options):
    return healthy(lambda seed: train(make(seed, **task_options), seed=seed, **options))


def caused(make, options, fault, at, strength, judge, **task_options):
    def run(seed):
        control = train(make(seed, **task_options), seed=seed, **options)
        torch.manual_seed(seed)
        rows = train(make(seed, **task_options), seed=seed, fault=fault, fault_at=at, fault_strength=strength, **options)
        return rows, judge(rows, control, at)
    return run


def with_labels(build, judge):
    def run(seed):
        rows = build(seed)
        return rows, judge(rows)
    return run


def against(build, control, judge):
    def run(seed):
        usual = control(seed)
        torch.manual_seed(seed)
        rows = build(seed)
        return rows, judge(rows, usual, 0)
    return run


# name -> (seeds, function of the seed that gives (rows, labels))
RUNS = {
    # healthy, in many honest ways
    "mlp-constant": (3, plain(mlp, dict(steps=500, **MLP))),
    "mlp-cosine-eval": (3, plain(mlp, dict(steps=600, kind="cosine", warmup=20, eval_every=50, **MLP), samples=20_000)),
    "mlp-tiny-batches": (3, plain(mlp, dict(steps=800, **{**MLP, "lr": 5e-4}), batch_size=4)),
    "mlp-sgd-milestones": (3, plain(mlp, dict(steps=700, kind="milestones", **SGD))),
    "mlp-batch-norm": (2, plain(mlp, dict(steps=500, **SGD), norm=True)),
    "mlp-sparse-log": (3, plain(mlp, dict(steps=1500, log_every=50, eval_every=250, **MLP), samples=20_000)),
    "mlp-memorising": (2, plain(mlp, dict(steps=1500, **MLP), samples=64, batch_size=64)),
    "mlp-resumed": (3, with_labels(
        lambda seed: train(mlp(seed), seed=seed, steps=500, resume_at=(200, 260), **MLP),
        lambda rows: restart_label(rows) + [{"kind": "healthy", "step_from": None, "step_to": None}])),
    "cnn-linear": (3, plain(images, dict(steps=500, kind="linear", eval_every=50, **MLP))),
    "cnn-sgd-clipped": (3, plain(images, dict(steps=500, clip=1.0, **SGD))),
    "text-wsd": (3, plain(text, dict(steps=600, kind="wsd", eval_every=100, **TEXT))),
    "text-cosine-clipped": (3, plain(text, dict(steps=600, kind="cosine", clip=1.0, eval_every=100, **TEXT))),
    "text-restarts": (3, plain(text, dict(steps=700, kind="restarts", **TEXT))),
    "text-loss-only": (2, plain(text, dict(steps=600, log_gradient=False, log_lr=False, **TEXT))),
    "rnn-constant": (3, plain(text, dict(steps=600, clip=1.0, **TEXT), recurrent=True)),
    "post-ln-warmed": (2, plain(text, dict(steps=500, kind="cosine", **{**TEXT, "lr": 1e-3, "warmup": 100}), placement="post")),
    "bandit": (4, healthy(lambda seed: bandit(seed=seed, steps=400, entropy_bonus=0.01))),
    "gan": (3, healthy(lambda seed: adversarial(seed=seed, steps=800))),
    "grokking": (2, plain(lambda seed: modular_addition(seed), dict(
        steps=2500, optimizer="adamw", lr=3e-3, weight_decay=0.5, eval_every=25))),
    "ranks": (2, healthy(lambda seed: data_parallel(mlp(seed), seed=seed, steps=300))),
    # one cause each
    "corrupted-batch-mlp": (4, caused(mlp, dict(steps=500, **MLP), "corrupted-batch", 300, 30.0, spike_label)),
    "corrupted-batch-sgd": (4, caused(mlp, dict(steps=500, **{**SGD, "lr": 0.02}), "corrupted-batch", 260, 12.0, spike_label)),
    "corrupted-batch-cnn": (4, caused(images, dict(steps=500, **MLP), "corrupted-batch", 300, 30.0, spike_label)),
    "corrupted-batch-clipped": (3, caused(images, dict(steps=500, clip=1.0, **MLP), "corrupted-batch", 250, 50.0, spike_label)),
    "gradient-times-sgd": (4, caused(mlp, dict(steps=500, **{**SGD, "lr": 0.02}), "gradient-times", 300, 300.0, spike_label)),
    "gradient-times-text": (4, caused(text, dict(steps=500, **{**SGD, "lr": 0.1}), "gradient-times", 300, 200.0, spike_label)),
    "learning-rate-blip-text": (4, caused(text, dict(steps=600, **TEXT), "lr-times", 350, 200.0, spike_label)),
    "learning-rate-blip-mlp": (4, caused(mlp, dict(steps=500, **MLP), "lr-times", 250, 60.0, spike_label)),
    "learning-rate-blip-unlogged": (3, caused(mlp, dict(steps=500, log_lr=False, log_gradient=False, **MLP), "lr-times", 300, 60.0, spike_label)),
    "learning-rate-jump-text": (4, caused(text, dict(steps=500, **TEXT), "lr-times-for-good", 250, 60.0, diverged_label)),
    "learning-rate-jump-sgd": (4, caused(mlp, dict(steps=400, **SGD), "lr-times-for-good", 200, 60.0, diverged_label)),
    "learning-rate-too-high-sgd": (4, against(
        lambda seed: train(mlp(seed), seed=seed, steps=300, optimizer="sgd", lr=3.0),
        lambda seed: train(mlp(seed), seed=seed, steps=300, **SGD), diverged_label)),
    "learning-rate-too-high-cnn": (3, against(
        lambda seed: train(images(seed), seed=seed, steps=300, optimizer="sgd", lr=8.0),
        lambda seed: train(images(seed), seed=seed, steps=300, **SGD), diverged_label)),
    "nan-input": (4, caused(mlp, dict(steps=300, **MLP), "nan-input", 180, 1.0, lambda rows, control, at: non_finite_label(rows))),
    "half-overflow": (4, with_labels(
        lambda seed: train(text(seed), seed=seed, steps=300, half=True, loss_scale=2.0**23, **TEXT), non_finite_label)),
    "dead-units": (4, with_labels(
        lambda seed: train(mlp(seed, dead=True), seed=seed, steps=500, **MLP), lambda rows: stuck_label(rows, 10))),
    "post-ln-deep": (4, with_labels(
        lambda seed: train(text(seed, placement="post", depth=8), seed=seed, steps=400, optimizer="adam", lr=1e-2),
        lambda rows: stuck_label(rows, 24))),
    "label-noise": (4, with_labels(
        lambda seed: train(mlp(seed, label_noise=0.3, samples=512, width=128), seed=seed, steps=900, eval_every=30, **MLP),
        overfitting_label)),
    "repeated-data": (4, with_labels(
        lambda seed: train(text(seed, length=1_500, width=48), seed=seed, steps=900, eval_every=30, **TEXT),
        overfitting_label)),
    "few-images": (4, with_labels(
        lambda seed: train(images(seed, samples=128), seed=seed, steps=700, eval_every=25, **MLP), overfitting_label)),
    "zero-variance-rewards": (4, with_labels(
        lambda seed: bandit(seed=seed, steps=400, zero_variance=True),
        lambda rows: [{"kind": "policy_collapse", "step_from": 134, "step_to": 399}])),
    "rank-left-behind": (4, with_labels(
        lambda seed: data_parallel(mlp(seed), seed=seed, steps=300, desynchronised_at=60),
        lambda rows: [{"kind": "worker_mismatch", "step_from": 60, "step_to": 299}])),
    "ranks-on-the-same-data": (3, with_labels(
        lambda seed: data_parallel(mlp(seed), seed=seed, steps=200, same_data=True),
        lambda rows: [{"kind": "worker_mismatch", "step_from": 0, "step_to": 199}])),
}
