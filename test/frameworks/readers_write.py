"""Lets the programs that people train with write their logs, and writes down what they logged.

python readers_write.py WRITER FOLDER

Fills FOLDER with logs of a training of a few steps and `truth.json`: for each log its path and the points that the
program itself knows of, `{"file", "points": {tag: [[step, value], ...]}, "tolerance"}`. The tolerance is half a unit
of the last digit that the program prints, a share of the value where `relative`. A writer whose packages are not there exits with 3 and says what lacks.
"""

import contextlib
import glob
import json
import math
import os
import random
import sys

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("COLUMNS", "200")
# tqdm leaves out drawings that follow each other within a tenth of a second, as no step of a real training does.
os.environ.setdefault("TQDM_MININTERVAL", "0")

TRUTH = []


def note(file, points, tolerance=0.0, **more):
    TRUTH.append({"file": file, "points": points, "tolerance": tolerance, **more})


@contextlib.contextmanager
def printed_to(path):
    """What this process prints, whoever of it does, goes to a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    target = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    os.dup2(target, 1)
    os.dup2(target, 2)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(kept[0], 1)
        os.dup2(kept[1], 2)
        os.close(target)


def event_files(folder):
    return sorted(glob.glob(os.path.join(folder, "**", "*tfevents*"), recursive=True))


def torch_seeded():
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    return torch


# ---------------------------------------------------------------------------------------------------- event files


def summary_writer(writer_class, folder):
    import numpy as np

    name = os.path.basename(folder)
    writer = writer_class(folder)
    losses = []
    norms = []
    for step in range(50):
        losses.append([step * 10, 2 + math.exp(-step / 10)])
        norms.append([step * 10, [1.5, math.nan, math.inf, -math.inf][step % 4]])
        writer.add_scalar("train/loss", losses[-1][1], step * 10)
        writer.add_scalar("train/grad_norm", norms[-1][1], step * 10)
        writer.add_scalars("both", {"a": step, "b": -step}, step)
    writer.add_histogram("weights", np.arange(10.0), 0)
    writer.add_image("picture", np.zeros((3, 4, 4)), 0)
    writer.add_text("prompt", "a long answer " * 40, 0)
    kinds = {"histogram weights": 1, "image picture": 1, "text prompt/text_summary": 1, "audio sound": 1}
    try:
        writer.add_audio("sound", np.zeros((1, 100)), 0, sample_rate=100)
    except ImportError:  # tensorboardX encodes sound with a package of its own.
        del kinds["audio sound"]
    writer.add_hparams({"lr": 0.01, "optimizer": "sgd", "nesterov": True}, {"hparam/accuracy": 0.5})
    writer.close()
    # PyTorch's writer takes True for a number; tensorboardX keeps it.
    stored = True if name == "tbx" else 1
    for path in event_files(folder):
        part = os.path.relpath(path, folder)
        if part.startswith("both"):
            which = os.path.dirname(part)[-1]
            note(f"{name}/{part}", {"both": [[step, step if which == "a" else -step] for step in range(50)]})
        elif os.sep in part:
            note(f"{name}/{part}", {"hparam/accuracy": [[0, 0.5]]}, settings={"lr": 0.01, "optimizer": "sgd", "nesterov": stored})
        else:
            note(f"{name}/{part}", {"train/loss": losses, "train/grad_norm": norms}, 1e-6, skipped=kinds)


def torch_tensorboard(folder):
    from torch.utils.tensorboard import SummaryWriter

    summary_writer(SummaryWriter, os.path.join(folder, "torch"))


def tensorboard_x(folder):
    from tensorboardX import SummaryWriter

    summary_writer(SummaryWriter, os.path.join(folder, "tbx"))


def tensorflow(folder):
    """TensorFlow 2 writes tensors in place of scalars."""
    import tensorflow as tf
    from tensorboard.plugins.hparams import api

    out = os.path.join(folder, "tf2")
    types = [tf.float32, tf.float64, tf.float16, tf.bfloat16, tf.int32, tf.int64, tf.uint8, tf.bool]
    points = {dtype.name: [] for dtype in types}
    with tf.summary.create_file_writer(out).as_default():
        api.hparams({"lr": 0.5, "units": 16, "optimizer": "adam", "bias": False})
        for step in range(20):
            tf.summary.scalar("loss", 1 / (1 + step), step=step)
            for dtype in types:
                value = tf.cast(step % 2 if dtype == tf.bool else step * 0.5 if dtype.is_floating else step, dtype)
                metadata = tf.compat.v1.SummaryMetadata(
                    plugin_data=tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars")
                )
                tf.summary.write(dtype.name, value, step=step, metadata=metadata)
                points[dtype.name].append([step, float(value)])
        tf.summary.histogram("weights", tf.random.normal([100]), step=0)
        tf.summary.image("picture", tf.zeros([1, 4, 4, 3]), step=0)
        tf.summary.text("note", "hello " * 60, step=0)
        tf.summary.audio("sound", tf.zeros([1, 100, 1]), 100, step=0)
        tf.summary.write("matrix", tf.zeros([3, 3]), step=0)
    points["loss"] = [[step, 1 / (1 + step)] for step in range(20)]
    (path,) = event_files(out)
    note(
        os.path.relpath(path, folder),
        points,
        1e-6,
        skipped={"histogram weights": 1, "image picture": 1, "text note": 1, "audio sound": 1, "tensor matrix": 1},
        settings={"lr": 0.5, "units": 16, "optimizer": "adam", "bias": False},
    )


def accelerate(folder):
    from accelerate import Accelerator
    import tensorboard  # noqa: F401  The tracker writes nothing without it, and only warns.

    accelerator = Accelerator(cpu=True, log_with="tensorboard", project_dir=folder)
    accelerator.init_trackers("tracked", config={"lr": 0.01, "epochs": 3})
    for step in range(10):
        accelerator.log({"train_loss": 1 / (1 + step), "eval_accuracy": step / 10}, step=step)
    accelerator.end_training()
    files = [path for path in event_files(folder) if os.path.dirname(path) == os.path.join(folder, "tracked")]
    note(
        os.path.relpath(files[0], folder),
        {"train_loss": [[s, 1 / (1 + s)] for s in range(10)], "eval_accuracy": [[s, s / 10] for s in range(10)]},
        1e-6,
    )


# ---------------------------------------------------------------------------------------------------- frameworks


def keras(folder):
    import keras as k
    import numpy as np

    k.utils.set_random_seed(0)
    x = np.random.rand(64, 4)
    y = x.sum(axis=1, keepdims=True)

    def fit(log, verbose, callbacks=()):
        model = k.Sequential([k.layers.Input((4,)), k.layers.Dense(4, activation="relu"), k.layers.Dense(1)])
        model.compile(optimizer="sgd", loss="mse", metrics=["mae"])
        with printed_to(os.path.join(folder, log)):
            history = model.fit(
                x, y, batch_size=8, epochs=3, validation_split=0.25, verbose=verbose, callbacks=list(callbacks)
            )
        return history.history

    for verbose in (1, 2):
        history = fit(f"verbose{verbose}.log", verbose)
        tolerance = 5.1e-5
        points = {name: [[epoch + 1, value] for epoch, value in enumerate(values)] for name, values in history.items()}
        note(f"verbose{verbose}.log", points, tolerance, total=3)
    log = k.callbacks.CSVLogger(os.path.join(folder, "training.csv"))
    board = k.callbacks.TensorBoard(os.path.join(folder, "board"), histogram_freq=1, write_graph=True)
    history = fit("quiet.log", 0, [log, board])
    rows = {name: list(enumerate(values)) for name, values in history.items()}
    note("training.csv", rows, 1e-6)
    for path in event_files(folder):
        part = "validation" if "validation" in path else "train"
        own = {
            "epoch_" + name.replace("val_", ""): values
            for name, values in rows.items()
            if name.startswith("val_") == (part == "validation")
        }
        note(os.path.relpath(path, folder), own, 1e-6)


def lightning(folder):
    torch = torch_seeded()
    import lightning as L
    from lightning.pytorch.callbacks import RichProgressBar, TQDMProgressBar
    from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

    class Model(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.save_hyperparameters({"lr": 0.05})
            self.layer = torch.nn.Linear(4, 1)
            self.train_losses = []
            self.val_losses = []

        def training_step(self, batch):
            loss = self.layer(batch).square().mean()
            self.log("train_loss", loss, prog_bar=True)
            self.train_losses.append(loss.item())
            return loss

        def validation_step(self, batch):
            loss = self.layer(batch).square().mean()
            self.log("val_loss", loss, prog_bar=True)
            if not self.trainer.sanity_checking:
                self.val_losses.append(loss.item())

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.05)

    def fit(log, bar, loggers):
        torch.manual_seed(0)
        data = torch.utils.data.DataLoader(torch.randn(80, 4), batch_size=4)
        held_out = torch.utils.data.DataLoader(torch.randn(4, 4), batch_size=4)
        model = Model()
        with printed_to(os.path.join(folder, log)):
            trainer = L.Trainer(
                accelerator="cpu", max_epochs=3, log_every_n_steps=5, logger=loggers, callbacks=bar,
                default_root_dir=folder, enable_checkpointing=False,
            )  # fmt: skip
            trainer.fit(model, data, held_out)
        return model

    loggers = [CSVLogger(folder, name="csv"), TensorBoardLogger(folder, name="board")]
    model = fit("tqdm.log", [TQDMProgressBar()], loggers)
    logged = [[step, loss] for step, loss in enumerate(model.train_losses) if step % 5 == 4]
    held_out = [[20 * epoch + 19, loss] for epoch, loss in enumerate(model.val_losses)]
    note("csv/version_0/metrics.csv", {"train_loss": logged, "val_loss": held_out}, 1e-6)
    (path,) = event_files(folder)
    note(os.path.relpath(path, folder), {"train_loss": logged, "val_loss": held_out}, 1e-6)
    # tqdm draws every batch with three significant digits.
    drawn = [[step + 1, loss] for step, loss in enumerate(model.train_losses)]
    held_out = [[20 * epoch + 20, loss] for epoch, loss in enumerate(model.val_losses)]
    note("tqdm.log", {"train_loss": drawn, "val_loss": held_out}, 5.1e-3, relative=True)
    # Without a terminal, rich draws its bar once, at the end.
    model = fit("rich.log", [RichProgressBar()], False)
    last = {"train_loss": [[60, model.train_losses[-1]]], "val_loss": [[60, model.val_losses[-1]]]}
    note("rich.log", last, 5.1e-4)


def tiny_causal_model(torch):
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    words = {word: index for index, word in enumerate(["<pad>", "<eos>", "<unk>", *"abcdefghij"])}
    plain = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    plain.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=plain, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>", padding_side="left"
    )
    tokenizer.chat_template = "{% for m in messages %}{{ m['content'] }} {% endfor %}"
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=len(words), n_embd=8, n_layer=1, n_head=2, n_positions=32, pad_token_id=0, eos_token_id=1, bos_token_id=1
    )
    return GPT2LMHeadModel(config), tokenizer


def sentences(count):
    chance = random.Random(0)
    return [" ".join(chance.choices("abcdefghij", k=8)) for _ in range(count)]


def note_trainer(folder, log, trainer, output):
    """The Trainer's own history against its standard output, its checkpoint and its event file."""
    history = trainer.state.log_history
    points = {}
    for row in history:
        for name, value in row.items():
            if name != "step" and isinstance(value, (int, float)):
                points.setdefault(name, []).append([row["step"], value])
    main = {name: series for name, series in points.items() if name in ("loss", "eval_loss", "grad_norm", "reward", "kl")}
    note(log, main, 5.1e-4, relative=True, total=trainer.state.max_steps)
    states = sorted(glob.glob(os.path.join(output, "checkpoint-*", "trainer_state.json")), key=os.path.getmtime)
    last = json.load(open(states[-1]))["log_history"]
    own = {}
    for row in last:
        for name, value in row.items():
            if name not in ("step", "epoch") and isinstance(value, (int, float)):
                own.setdefault(name, []).append([row["step"], value])
    note(os.path.relpath(states[-1], folder), own)
    for path in event_files(output):
        board = {("eval/" + n[5:] if n.startswith("eval_") else "train/" + n): s for n, s in main.items()}
        note(os.path.relpath(path, folder), board, 1e-5, relative=True)


def trainer_arguments(output, **more):
    return dict(
        output_dir=output, max_steps=24, logging_steps=4, eval_steps=8, eval_strategy="steps", save_steps=24,
        per_device_train_batch_size=4, report_to="tensorboard", use_cpu=True, learning_rate=1e-3, **more,
    )  # fmt: skip


def transformers(folder):
    torch = torch_seeded()
    import tensorboard  # noqa: F401  Or the arguments of the trainer refuse it with an error of their own.
    from transformers import DataCollatorForLanguageModeling, Trainer, TrainingArguments

    model, tokenizer = tiny_causal_model(torch)
    rows = [tokenizer(text) for text in sentences(64)]
    output = os.path.join(folder, "out")
    os.environ["TENSORBOARD_LOGGING_DIR"] = os.path.join(output, "runs")
    with printed_to(os.path.join(folder, "trainer.log")):
        trainer = Trainer(
            model=model,
            args=TrainingArguments(**trainer_arguments(output)),
            train_dataset=rows,
            eval_dataset=rows[:8],
            data_collator=DataCollatorForLanguageModeling(tokenizer, mlm=False),
        )
        trainer.train()
    note_trainer(folder, "trainer.log", trainer, output)


def trl_sft(folder):
    torch = torch_seeded()
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    model, tokenizer = tiny_causal_model(torch)
    data = Dataset.from_dict({"text": sentences(64)})
    output = os.path.join(folder, "out")
    os.environ["TENSORBOARD_LOGGING_DIR"] = os.path.join(output, "runs")
    with printed_to(os.path.join(folder, "sft.log")):
        arguments = SFTConfig(**trainer_arguments(output), max_length=16, bf16=False)
        trainer = SFTTrainer(
            model=model, args=arguments, train_dataset=data, eval_dataset=data.select(range(8)), processing_class=tokenizer
        )
        trainer.train()
    note_trainer(folder, "sft.log", trainer, output)


def trl_dpo(folder):
    torch = torch_seeded()
    from datasets import Dataset
    from trl import DPOConfig, DPOTrainer

    model, tokenizer = tiny_causal_model(torch)
    texts = sentences(64)
    data = Dataset.from_dict({"prompt": texts, "chosen": [" a b c"] * 64, "rejected": [" d e f"] * 64})
    output = os.path.join(folder, "out")
    os.environ["TENSORBOARD_LOGGING_DIR"] = os.path.join(output, "runs")
    with printed_to(os.path.join(folder, "dpo.log")):
        arguments = DPOConfig(**trainer_arguments(output), bf16=False)
        trainer = DPOTrainer(
            model=model,
            ref_model=tiny_causal_model(torch)[0],
            args=arguments,
            train_dataset=data,
            eval_dataset=data.select(range(8)),
            processing_class=tokenizer,
        )
        trainer.train()
    note_trainer(folder, "dpo.log", trainer, output)


def trl_grpo(folder):
    torch = torch_seeded()
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    model, tokenizer = tiny_causal_model(torch)
    data = Dataset.from_dict({"prompt": sentences(64)})
    output = os.path.join(folder, "out")
    os.environ["TENSORBOARD_LOGGING_DIR"] = os.path.join(output, "runs")
    with printed_to(os.path.join(folder, "grpo.log")):
        settings = trainer_arguments(output)
        settings.update(max_steps=4, logging_steps=1, save_steps=4, eval_strategy="no")
        arguments = GRPOConfig(**settings, num_generations=2, max_completion_length=6, bf16=False)
        trainer = GRPOTrainer(
            model=model,
            args=arguments,
            train_dataset=data,
            processing_class=tokenizer,
            reward_funcs=lambda completions, **_: [float(len(set(text))) for text in completions],
        )
        trainer.train()
    note_trainer(folder, "grpo.log", trainer, output)


def ray_tune(folder):
    import ray
    from ray import tune

    def objective(config):
        for step in range(1, 6):
            tune.report({"mean_loss": config["lr"] / step, "nested": {"reward": step}})

    os.environ["RAY_AIR_NEW_OUTPUT"] = "0"
    ray.init(num_cpus=1, include_dashboard=False, configure_logging=True, log_to_driver=False)
    with printed_to(os.path.join(folder, "tune.log")):
        tuner = tune.Tuner(
            objective, param_space={"lr": 0.5}, run_config=tune.RunConfig(name="tuned", storage_path=folder)
        )
        tuner.fit()
    ray.shutdown()
    points = {"mean_loss": [[step, 0.5 / step] for step in range(1, 6)], "nested/reward": [[s, s] for s in range(1, 6)]}
    for file in ("result.json", "progress.csv"):
        (path,) = glob.glob(os.path.join(folder, "tuned", "*", file))
        note(os.path.relpath(path, folder), points, 1e-9)


WRITERS = {
    "torch": torch_tensorboard,
    "tensorboardX": tensorboard_x,
    "tensorflow": tensorflow,
    "accelerate": accelerate,
    "keras": keras,
    "lightning": lightning,
    "transformers": transformers,
    "trl-sft": trl_sft,
    "trl-dpo": trl_dpo,
    "trl-grpo": trl_grpo,
    "ray": ray_tune,
}


def json_value(value):
    """JSON has no NaN."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: json_value(item) for key, item in value.items()}
    return [json_value(item) for item in value] if isinstance(value, (list, tuple)) else value


def main():
    name, folder = sys.argv[1], os.path.abspath(sys.argv[2])
    os.makedirs(folder, exist_ok=True)
    try:
        WRITERS[name](folder)
    except ImportError as error:
        print(f"missing: {error}", file=sys.stderr)
        sys.exit(3)
    with open(os.path.join(folder, "truth.json"), "w") as file:
        json.dump(json_value(TRUTH), file)


if __name__ == "__main__":
    main()
