"""Hugging Face Trainer on a tiny GPT-2, with accumulation and an evaluation; in bfloat16 where BF16 is set."""

import os
import sys

import torch
from torch.utils.data import Dataset
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainerCallback, TrainingArguments
from truth import finish, gradient_norm, note


class Counting(Dataset):
    def __len__(self):
        return 48

    def __getitem__(self, index):
        tokens = (torch.arange(16) * (index % 5 + 1) + index) % 32
        return {"input_ids": tokens, "labels": tokens}


class Truth(TrainerCallback):
    def on_pre_optimizer_step(self, args, state, control, model=None, **kwargs):
        self.norm = gradient_norm(model.parameters())

    def on_log(self, args, state, control, logs=None, **kwargs):
        if "loss" in logs:
            note(step=state.global_step, loss=logs["loss"], norm=logs["grad_norm"], clipped=self.norm, epoch=logs["epoch"])
        elif "eval_loss" in logs:
            note(step=state.global_step, eval_loss=logs["eval_loss"])


model = GPT2LMHeadModel(GPT2Config(vocab_size=32, n_positions=16, n_embd=32, n_layer=2, n_head=2))
arguments = TrainingArguments(output_dir=sys.argv[1] + ".trainer", max_steps=20, per_device_train_batch_size=4, gradient_accumulation_steps=2, learning_rate=1e-3, logging_steps=1, eval_strategy="steps", eval_steps=10, save_strategy="no", report_to=[], use_cpu=True, disable_tqdm=True, seed=1, bf16="BF16" in os.environ)
Trainer(model=model, args=arguments, train_dataset=Counting(), eval_dataset=Counting(), callbacks=[Truth()]).train()
finish(model)
