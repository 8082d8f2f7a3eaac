"""TRL on a tiny model: GRPO, or DPO where TRAINER says so. The truth is what the trainer itself logs."""

import os
import sys

import torch
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast, TrainerCallback
from truth import finish, note

WORDS = ["<pad>", "<eos>", "<unk>", *(f"w{number}" for number in range(29))]
words = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="<unk>"))
words.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>", padding_side="left")


class Truth(TrainerCallback):
    def on_log(self, args, state, control, logs=None, **kwargs):
        # No two runs take the same time.
        timed = {name for name in logs if name.endswith(("_time", "_runtime", "_per_second"))}
        note(step=state.global_step, logs={name: float(value) for name, value in logs.items() if isinstance(value, (int, float)) and name not in timed})


torch.manual_seed(1)
model = GPT2LMHeadModel(GPT2Config(vocab_size=32, n_positions=32, n_embd=32, n_layer=2, n_head=2, pad_token_id=0, eos_token_id=1, bos_token_id=1))
# The trainers load the reference model from where the model came from.
model.save_pretrained(sys.argv[1] + ".model")
model = GPT2LMHeadModel.from_pretrained(sys.argv[1] + ".model")
common = {"output_dir": sys.argv[1] + ".trainer", "max_steps": 8, "learning_rate": 1e-3, "logging_steps": 1, "save_strategy": "no", "report_to": [], "use_cpu": True, "disable_tqdm": True, "seed": 1, "bf16": False}
if os.environ.get("TRAINER") == "dpo":
    from trl import DPOConfig, DPOTrainer

    rows = [{"prompt": f"w{n} w{n + 1}", "chosen": f" w{n + 2} w{n + 3}", "rejected": f" w{n} w{n}"} for n in range(20)]
    arguments = DPOConfig(per_device_train_batch_size=4, max_length=16, beta=0.1, **common)
    trainer = DPOTrainer(model=model, args=arguments, train_dataset=Dataset.from_list(rows), processing_class=tokenizer, callbacks=[Truth()])
else:
    from trl import GRPOConfig, GRPOTrainer

    def prefers_even(completion_ids, **kwargs):
        return [sum(token % 2 == 0 for token in ids) / max(1, len(ids)) for ids in completion_ids]

    rows = [{"prompt": f"w{n} w{n + 1}"} for n in range(20)]
    arguments = GRPOConfig(per_device_train_batch_size=4, num_generations=4, max_completion_length=8, beta=0.04, **common)
    trainer = GRPOTrainer(model=model, args=arguments, train_dataset=Dataset.from_list(rows), processing_class=tokenizer, reward_funcs=prefers_even, callbacks=[Truth()])
trainer.train()
finish(model)
