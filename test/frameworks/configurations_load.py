"""Loads configurations with the programs that read them, and says what comes of them. Takes the jobs and the answer's path."""

import importlib
import json
import shlex
import sys
import tomllib
import warnings

import torch
import yaml

torch.set_num_threads(1)
warnings.filterwarnings("ignore")

STEPS = 1000


def arguments_of(job):
    """What `HfArgumentParser` makes of the text, in the way in which the format is handed to it."""
    from transformers import HfArgumentParser, TrainingArguments

    parser = HfArgumentParser(TrainingArguments)
    text, form = job["text"], job["format"]
    if form == "shell":
        program = [line for line in text.splitlines() if not line.startswith(("#", "set ", "cd "))]
        words = shlex.split("\n".join(program).replace("\\\n", " "), comments=True)
        assigned = dict(word.split("=", 1) for word in words if word.startswith("LR="))
        words = [assigned.get(word.removeprefix("$"), word) for word in words]
        start = next(index for index, word in enumerate(words) if word.endswith(".py"))
        return parser.parse_args_into_dataclasses(words[start + 1 :] + ["--use_cpu"], return_remaining_strings=True)[0]
    if form == "launch":
        lines = [line.split("//")[0] if "${" not in line else line for line in text.splitlines()]
        words = yaml.safe_load("\n".join(lines))["configurations"][0]["args"]
        return parser.parse_args_into_dataclasses(words + ["--output_dir", "out", "--use_cpu"], return_remaining_strings=True)[0]
    values = {"yaml": yaml.safe_load, "json": json.loads, "toml": tomllib.loads}[form](text)
    values = values.get("training", values)
    return parser.parse_dict({"output_dir": "out", "use_cpu": True, **values}, allow_extra_keys=True)[0]


def trainer(job):
    from transformers import get_scheduler

    arguments = arguments_of(job)
    weight = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.AdamW([weight], lr=float(arguments.learning_rate))
    scheduler = get_scheduler(
        arguments.lr_scheduler_type,
        optimizer,
        num_warmup_steps=arguments.get_warmup_steps(STEPS),
        num_training_steps=STEPS,
        scheduler_specific_kwargs=arguments.lr_scheduler_kwargs,
    )
    rates = []
    for _ in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    names = (
        "learning_rate max_grad_norm bf16 fp16 adam_beta2 adam_epsilon weight_decay gradient_accumulation_steps "
        "lr_scheduler_type warmup_steps"
    ).split()
    return {"rates": rates, **{name: getattr(arguments, name) for name in names}}


def made(node, *first):
    """`class_path` and `init_args`, as the LightningCLI builds objects from them."""
    module, name = node["class_path"].rsplit(".", 1)
    return getattr(importlib.import_module(module), name)(*first, **node["init_args"])


def lightning(job):
    from lightning import Trainer

    settings = yaml.safe_load(job["text"])
    # The CLI turns words into the numbers that the types ask for.
    arguments = settings["optimizer"]["init_args"]
    arguments["lr"] = float(arguments["lr"])
    trainer = Trainer(**{**settings["trainer"], "devices": 1, "accelerator": "cpu", "logger": False})
    optimizer = made(settings["optimizer"], [torch.nn.Parameter(torch.ones(1))])
    group = optimizer.param_groups[0]
    return {
        "clip": trainer.gradient_clip_val,
        "algorithm": trainer.gradient_clip_algorithm and str(trainer.gradient_clip_algorithm.value),
        "precision": trainer.precision,
        "accumulation": trainer.accumulate_grad_batches,
        "optimizer": type(optimizer).__name__,
        "lr": group["lr"],
        "betas": list(group["betas"]),
        "eps": group["eps"],
    }


def main(jobs_path, answer_path):
    with open(jobs_path) as file:
        jobs = json.load(file)
    answers = {}
    for job in jobs:
        try:
            answers[job["name"]] = {"lightning": lightning, "trainer": trainer}[job["kind"]](job)
        except (Exception, SystemExit) as error:
            answers[job["name"]] = {"error": f"{type(error).__name__}: {error}"}
    with open(answer_path, "w") as file:
        json.dump(answers, file, default=str)


main(*sys.argv[1:])
