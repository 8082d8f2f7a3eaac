"""The runs of the corpus: what is trained, with which cause let in at which step."""

import torch
from torch import nn

import labels
from faults import (CorruptedBatch, GradientTimes, LogarithmOfZero, LossTimes, LostOptimizerState, LostWeights,
                    NanInput, RateGrows, RateTimes, RateTimesForGood, ShuffledTargets, StaleBatch, UnscaledInputs,
                    VanishedGradients)
from loop import LossScaler, in_epochs, in_means, renamed, train
from models import (character_model, contrastive, density, fixed_batch, growing_batches, growing_difficulty, in_order,
                    modular_addition, pretrained, regression, small_images, smoothed, teacher_classification)
from others import actor_critic, adversarial, bandit, data_parallel

MLP = dict(optimizer="adamw", lr=2e-3)
TEXT = dict(optimizer="adamw", lr=3e-3, warmup=40)
SGD = dict(optimizer="sgd", lr=0.05)
SLOW_SGD = dict(optimizer="sgd", lr=0.02)
TRAINER = {"train/loss": "loss", "eval/loss": "eval_loss", "eval/accuracy": "eval_accuracy"}
LIGHTNING = {"train/loss": "train_loss", "eval/loss": "val_loss", "eval/accuracy": "val_acc", "learning_rate": "lr-AdamW"}


def mlp(seed, **options):
    return teacher_classification(seed, options.pop("batch_size", 64), **options)


def text(seed, **options):
    return character_model(seed, options.pop("batch_size", 16), **options)


def images(seed, **options):
    return small_images(seed, options.pop("batch_size", 32), **options)


class Run:
    """
    One kind of run. `build(seed)` gives the rows; `judge(rows, control)` the labels, `control(seed)` the same without
    the cause; `may`: symptoms that the cause explains as well, neither wanted nor wrong. Without `judge`: healthy. `shown`:
    what of the rows is logged; `epoch`: means over so many steps.
    """

    def __init__(self, build, judge=None, control=None, may=(), seeds=4, shown=None, epoch=None):
        self.build, self.judge, self.control, self.may, self.seeds = build, judge, control, may, seeds
        self.epoch = epoch
        self.shown = shown or ((lambda rows: in_epochs(rows, epoch)) if epoch else (lambda rows: rows))

    def make(self, seed):
        """Rows as they are logged, and labels."""
        torch.manual_seed(seed)
        rows = self.build(seed)
        if self.judge is None:
            return self.shown(rows), [labels.label("healthy", None, None)]
        torch.manual_seed(seed)
        usual = self.control(seed) if self.control else []
        return self.shown(rows), [labels.in_epochs(found, self.epoch) for found in self.judge(rows, usual)]


def healthy(task, shown=None, seeds=4, **options):
    return Run(lambda seed: train(task(seed), seed=seed, **options), shown=shown, seeds=seeds)


def caused(task, fault, judge, may=(), shown=None, seeds=4, epoch=None, **options):
    """`fault` is let in; the control is the same without it."""
    return Run(lambda seed: train(task(seed), seed=seed, fault=fault, **options),
               lambda rows, usual: judge(rows, usual, fault.at),
               lambda seed: train(task(seed), seed=seed, **options), may, seeds, shown, epoch)


def against(build, control, judge, may=(), seeds=4):
    return Run(build, judge, control, may, seeds)


def static_scale(power):
    return LossScaler(2.0**power, dynamic=False)


WILD = ("divergence", "loss-spike", "early-rise", "non-finite", "gradient-spike", "gradient-exploding", "learning-rate",
        "warmup", "oscillation", "plateau", "activations", "attention", "early-warning", "gradient-vanishing",
        "gradient-imbalance")
MEMORISED = ("overfitting", "data", "plasticity")
STUCK = ("plateau", "gradient-vanishing", "gradient-imbalance", "learning-rate", "warmup", "activations", "plasticity",
         "attention", "early-warning")
POLICY = ("policy-collapse", "data", "early-warning")

HEALTHY = {
    "mlp-constant": healthy(mlp, steps=500, **MLP),
    "mlp-cosine-eval": healthy(lambda seed: mlp(seed, samples=20_000), steps=600, kind="cosine", warmup=20, eval_every=50, **MLP),
    "mlp-tiny-batches": healthy(lambda seed: mlp(seed, batch_size=4), steps=800, optimizer="adamw", lr=5e-4),
    "mlp-sgd-milestones": healthy(mlp, steps=700, kind="milestones", **SGD),
    "mlp-batch-norm": healthy(lambda seed: mlp(seed, norm=True), steps=500, **SGD),
    "mlp-sparse-log": healthy(lambda seed: mlp(seed, samples=20_000), steps=1500, log_every=50, eval_every=250, **MLP),
    "mlp-memorising": healthy(lambda seed: mlp(seed, samples=64, batch_size=64), steps=1200, **MLP),
    "mlp-resumed": healthy(mlp, steps=500, resume_at=(200, 260), **MLP),
    "mlp-on-plateau": healthy(mlp, steps=700, kind="on-plateau", **SGD),
    "mlp-label-smoothing": healthy(lambda seed: smoothed(mlp(seed), 0.2), steps=500, kind="cosine", **MLP),
    "mlp-dropout": healthy(lambda seed: mlp(seed, dropout=0.3, samples=20_000), steps=600, eval_every=50, **MLP),
    "mlp-larger-batches": healthy(lambda seed: growing_batches(mlp(seed, batch_size=8), 250, 8), steps=500, **MLP),
    "mlp-curriculum": healthy(lambda seed: growing_difficulty(mlp(seed), 300), steps=500, **MLP),
    "mlp-noisy-evaluation": healthy(lambda seed: mlp(seed, samples=20_000, eval_samples=24), steps=700, eval_every=20, **MLP),
    "mlp-gradient-descent": healthy(lambda seed: fixed_batch(mlp(seed, samples=256, activation=nn.Tanh)), steps=500, optimizer="plain-sgd", lr=0.6),
    "mlp-layers": healthy(mlp, steps=500, layers_every=5, **MLP),
    "mlp-epochs": healthy(lambda seed: mlp(seed, samples=20_000), steps=800, eval_every=40, shown=lambda rows: in_epochs(rows, 40), **MLP),
    "mlp-accuracy-only": healthy(lambda seed: mlp(seed, samples=20_000), steps=800, eval_every=40,
                                 shown=lambda rows: in_epochs(rows, 40, {"eval/accuracy": "val_accuracy"}), **MLP),
    "cnn-linear": healthy(images, steps=500, kind="linear", eval_every=50, **MLP),
    "cnn-sgd-clipped": healthy(images, steps=500, clip=1.0, **SGD),
    "cnn-fine-tuned": healthy(lambda seed: pretrained(images(seed), seed, 400), steps=300, kind="linear", optimizer="adamw", lr=2e-4),
    "cnn-one-cycle": healthy(images, steps=500, kind="one-cycle", shown=lambda rows: renamed(rows, LIGHTNING), **MLP),
    "text-wsd": healthy(text, steps=600, kind="wsd", eval_every=100, seeds=2, **TEXT),
    "text-cosine-trainer": healthy(text, steps=600, kind="cosine", clip=1.0, eval_every=100,
                                   shown=lambda rows: renamed(in_means(rows, 10), TRAINER), seeds=2, **TEXT),
    "text-restarts": healthy(text, steps=700, kind="restarts", seeds=2, **TEXT),
    "text-loss-only": healthy(text, steps=600, log_gradient=False, log_lr=False, seeds=2, **TEXT),
    "text-accumulated": healthy(lambda seed: text(seed, batch_size=4), steps=300, accumulate=4, kind="inverse-root", seeds=2, **TEXT),
    "text-layers": healthy(text, steps=400, kind="cosine", layers_every=5, seeds=2, **TEXT),
    "text-half": Run(lambda seed: train(text(seed), seed=seed, steps=500, scaler=LossScaler(2.0**24, True), **TEXT), seeds=2),
    "rnn-constant": healthy(lambda seed: text(seed, recurrent=True), steps=600, clip=1.0, seeds=2, **TEXT),
    "post-ln-warmed": healthy(lambda seed: text(seed, placement="post"), steps=500, kind="cosine", optimizer="adamw", lr=1e-3, seeds=2, warmup=100),
    "regression-large": healthy(lambda seed: regression(seed, scale=100), steps=800, optimizer="adam", lr=1e-2),
    "regression-exact": healthy(lambda seed: regression(seed, noise=0), steps=900, kind="cosine", optimizer="adam", lr=3e-3),
    "density": healthy(density, steps=600, kind="cosine", optimizer="adam", lr=2e-3, warmup=20),
    "contrastive": healthy(contrastive, steps=500, optimizer="adam", lr=1e-3),
    "bandit": Run(lambda seed: bandit(seed=seed, steps=400, entropy_bonus=0.01)),
    "actor-critic": Run(lambda seed: actor_critic(seed=seed, steps=500)),
    "gan": Run(lambda seed: adversarial(seed=seed, steps=800)),
    "grokking": Run(lambda seed: train(modular_addition(seed), seed=seed, steps=2000, optimizer="adamw", lr=3e-3, weight_decay=0.5, eval_every=25, log_every=5)),
    "ranks": Run(lambda seed: data_parallel(mlp(seed), seed=seed, steps=250)),
}

FAULTY = {
    # one bad batch or step
    "corrupted-batch-mlp": caused(mlp, CorruptedBatch(300, 30.0), labels.spike, WILD, steps=500, **MLP),
    "corrupted-batch-sgd": caused(mlp, CorruptedBatch(260, 12.0), labels.spike, WILD, steps=500, **SLOW_SGD),
    "corrupted-batch-cnn": caused(images, CorruptedBatch(300, 30.0), labels.spike, WILD, steps=500, **MLP),
    "corrupted-batch-clipped": caused(images, CorruptedBatch(250, 50.0), labels.spike, WILD, steps=500, clip=1.0, **MLP),
    "corrupted-batch-lightning": caused(mlp, CorruptedBatch(220, 20.0), labels.spike, WILD, steps=450, kind="cosine",
                                        shown=lambda rows: renamed(rows, LIGHTNING), **MLP),
    "gradient-times-sgd": caused(mlp, GradientTimes(300, 300.0), labels.spike, WILD, steps=500, **SLOW_SGD),
    "gradient-times-text": caused(text, GradientTimes(300, 200.0), labels.spike, WILD, seeds=2, steps=500, optimizer="sgd", lr=0.1),
    "learning-rate-blip-text": caused(text, RateTimes(250, 200.0), labels.spike, WILD, seeds=2, steps=450, **TEXT),
    "learning-rate-blip-mlp": caused(mlp, RateTimes(250, 60.0), labels.spike, WILD, steps=500, **MLP),
    "learning-rate-blip-unlogged": caused(mlp, RateTimes(300, 60.0), labels.spike, WILD, steps=500, log_lr=False, log_gradient=False, **MLP),
    "learning-rate-blip-in-means": caused(text, RateTimes(352, 300.0), labels.spike, WILD, seeds=2, steps=600,
                                          shown=lambda rows: renamed(in_means(rows, 10), TRAINER), **TEXT),
    # from a step on
    "learning-rate-jump-text": caused(text, RateTimesForGood(200, 400.0), labels.diverged, WILD, seeds=2, steps=400, **TEXT),
    "learning-rate-jump-sgd": caused(mlp, RateTimesForGood(200, 60.0), labels.diverged, WILD, steps=400, **SGD),
    "learning-rate-jump-epochs": caused(mlp, RateTimesForGood(400, 150.0), labels.diverged, WILD, steps=800, eval_every=20,
                                        epoch=20, **MLP),
    "learning-rate-grows": caused(images, RateGrows(150, 40.0), labels.diverged, WILD, steps=500, **MLP),
    "loss-summed": caused(mlp, LossTimes(250, 64.0), labels.diverged, WILD, steps=450, **SGD),
    "shuffled-targets": caused(mlp, ShuffledTargets(250), labels.diverged, (*WILD, *MEMORISED), steps=500, **MLP),
    "unscaled-inputs": caused(images, UnscaledInputs(250, 20.0), labels.spike, WILD, steps=450, **MLP),
    "stale-batch": caused(mlp, StaleBatch(200), labels.overfitted, (*MEMORISED, "loss-zero"), steps=600, eval_every=20, **MLP),
    "graph-cut": caused(mlp, VanishedGradients(60, 1e-7), labels.vanished, STUCK, steps=500, **SLOW_SGD),
    # from the start
    "learning-rate-too-high-sgd": against(
        lambda seed: train(mlp(seed), seed=seed, steps=300, optimizer="sgd", lr=3.0),
        lambda seed: train(mlp(seed), seed=seed, steps=300, **SGD), lambda rows, usual: labels.rose_at_once(rows, usual), WILD),
    "learning-rate-too-high-cnn": against(
        lambda seed: train(images(seed), seed=seed, steps=300, optimizer="sgd", lr=8.0),
        lambda seed: train(images(seed), seed=seed, steps=300, **SGD), lambda rows, usual: labels.rose_at_once(rows, usual), WILD),
    "learning-rate-too-high-regression": against(
        lambda seed: train(regression(seed), seed=seed, steps=300, optimizer="plain-sgd", lr=2.0),
        lambda seed: train(regression(seed), seed=seed, steps=300, optimizer="plain-sgd", lr=0.05), lambda rows, usual: labels.rose_at_once(rows, usual), WILD),
    "learning-rate-too-low": against(
        lambda seed: train(mlp(seed), seed=seed, steps=500, optimizer="sgd", lr=1e-6),
        lambda seed: train(mlp(seed), seed=seed, steps=500, **SGD), lambda rows, usual: labels.stuck(rows, usual, 10), STUCK),
    "no-warmup": against(
        lambda seed: train(text(seed, placement="post", depth=6), seed=seed, steps=400, optimizer="adam", lr=1e-2),
        lambda seed: train(text(seed), seed=seed, steps=400, **TEXT), lambda rows, usual: labels.stuck(rows, usual, 24), STUCK, seeds=2),
    "post-ln-deep": against(
        lambda seed: train(text(seed, placement="post", depth=8), seed=seed, steps=300, optimizer="adam", lr=1e-2, layers_every=10),
        lambda seed: train(text(seed, depth=8), seed=seed, steps=300, **TEXT), lambda rows, usual: labels.stuck(rows, usual, 24), STUCK, seeds=2),
    "dead-units": against(
        lambda seed: train(mlp(seed, dead=-12.0), seed=seed, steps=500, **MLP),
        lambda seed: train(mlp(seed), seed=seed, steps=500, **MLP), lambda rows, usual: labels.stuck(rows, usual, 10), STUCK),
    "dead-units-layers": against(
        lambda seed: train(mlp(seed, dead=-4.0), seed=seed, steps=400, layers_every=5, **SLOW_SGD),
        lambda seed: train(mlp(seed), seed=seed, steps=400, layers_every=5, **SLOW_SGD),
        lambda rows, usual: labels.dormant(rows, usual) + labels.stuck(rows, usual, 10), STUCK),
    "sigmoid-deep": against(
        lambda seed: train(mlp(seed, depth=8, activation=nn.Sigmoid), seed=seed, steps=500, layers_every=10, **SLOW_SGD),
        lambda seed: train(mlp(seed, depth=3), seed=seed, steps=500, **SLOW_SGD), lambda rows, usual: labels.stuck(rows, usual, 10), STUCK),
    "rnn-exploding": against(
        lambda seed: train(text(seed, recurrent=True, recurrent_scale=3.0, activation="relu"), seed=seed, steps=300, optimizer="sgd", lr=0.05),
        lambda seed: train(text(seed, recurrent=True), seed=seed, steps=300, **TEXT), lambda rows, usual: labels.rose_at_once(rows, usual), WILD, seeds=2),
    # numbers
    "nan-input": caused(mlp, NanInput(180), labels.non_finite, WILD, steps=300, **MLP),
    "nan-loss-term": caused(images, LogarithmOfZero(140), labels.non_finite, WILD, steps=300, **SGD),
    "nan-input-epochs": caused(mlp, NanInput(370), labels.non_finite, WILD, steps=600, eval_every=20, epoch=20, **MLP),
    "half-overflow": Run(lambda seed: train(text(seed), seed=seed, steps=200, scaler=static_scale(23), **TEXT),
                         labels.non_finite, may=(*WILD, "precision"), seeds=2),
    "half-scale-collapse": Run(
        lambda seed: train(mlp(seed), seed=seed, steps=400, scaler=LossScaler(2.0**14, True), fault=UnscaledInputs(200, 1e12), **MLP),
        labels.scale_collapsed, may=(*WILD, "precision")),
    "critic-nan": Run(lambda seed: actor_critic(seed=seed, steps=300, nan_at=180), labels.non_finite, may=(*WILD, *POLICY)),
    "gan-nan": Run(lambda seed: adversarial(seed=seed, steps=400, nan_at=250), labels.non_finite, may=WILD),
    # memorised
    "label-noise": Run(lambda seed: train(mlp(seed, label_noise=0.3, samples=512, width=128), seed=seed, steps=900, eval_every=30, **MLP),
                       labels.overfitted, may=MEMORISED),
    "label-noise-epochs": Run(lambda seed: train(mlp(seed, label_noise=0.3, samples=512, width=128), seed=seed, steps=800, eval_every=20, **MLP),
                              labels.overfitted, may=MEMORISED, epoch=20),
    "repeated-data": Run(lambda seed: train(text(seed, length=1_000, width=48, batch_size=8), seed=seed, steps=600, eval_every=20, **TEXT),
                         labels.overfitted, may=MEMORISED, seeds=2),
    "few-images": Run(lambda seed: train(images(seed, samples=128), seed=seed, steps=700, eval_every=25, **MLP), labels.overfitted, may=MEMORISED),
    "overfitted-noisily": Run(lambda seed: train(mlp(seed, label_noise=0.2, samples=768, eval_samples=64), seed=seed, steps=900, eval_every=15, **MLP),
                              labels.overfitted, may=MEMORISED),
    "overfitted-trainer": Run(lambda seed: train(text(seed, length=1_200, width=48, batch_size=8), seed=seed, steps=800, kind="linear", eval_every=80, **TEXT),
                              labels.overfitted, may=MEMORISED, seeds=2, shown=lambda rows: renamed(in_means(rows, 10), TRAINER)),
    # resumed
    "resumed-without-moments": caused(text, LostOptimizerState(), labels.jumped_after_resume, ("resume", "loss-spike", "gradient-spike"),
                                      seeds=2, steps=450, resume_at=(250, 300), optimizer="adamw", lr=1e-2, warmup=20),
    "resumed-other-weights": caused(mlp, LostWeights(), labels.jumped_after_resume, ("resume", *WILD), steps=500, resume_at=(250, 300), **MLP),
    # policies and adversaries
    "zero-variance-rewards": Run(lambda seed: bandit(seed=seed, steps=400, zero_variance_at=134),
                                 lambda rows, _: [labels.label("policy-collapse", 134, 399)], may=POLICY),
    "entropy-collapse": Run(lambda seed: bandit(seed=seed, steps=400, rate_times=(15, 30.0), misleading=True),
                            lambda rows, usual: labels.collapsed_policy(rows, usual, 15), lambda seed: bandit(seed=seed, steps=400), POLICY),
    # several workers
    "rank-left-behind": Run(lambda seed: data_parallel(mlp(seed), seed=seed, steps=250, left_at=60),
                            lambda rows, _: [labels.label("worker-mismatch", 60, 249)], may=("worker-mismatch",)),
    "rank-of-other-labels": Run(lambda seed: data_parallel(mlp(seed), seed=seed, steps=250, drift=True),
                                lambda rows, _: [labels.label("worker-mismatch", 0, 249)], may=("worker-mismatch", "data")),
    "rank-nan": Run(lambda seed: data_parallel(mlp(seed), seed=seed, steps=250, nan_rank_at=150),
                    lambda rows, _: [labels.label("non-finite", 150, 150)], may=("worker-mismatch",)),
    "ranks-on-the-same-data": Run(lambda seed: data_parallel(mlp(seed), seed=seed, steps=200, same_data=True),
                                  labels.nothing_to_see, may=("worker-mismatch",)),
}

RUNS = {**HEALTHY, **FAULTY}
