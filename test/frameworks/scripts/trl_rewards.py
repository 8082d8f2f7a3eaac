import torch
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast
from trl import GRPOConfig, GRPOTrainer

torch.manual_seed(0)

words = ["<pad>", "<eos>", "easy", "hard", "a", "b", "c", "d"]
plain = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, unk_token="<pad>"))
plain.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=plain, pad_token="<pad>", eos_token="<eos>", padding_side="left")
size = GPT2Config(
    vocab_size=8,
    n_layer=1,
    n_head=1,
    n_embd=16,
    n_positions=32,
    bos_token_id=1,
    eos_token_id=1,
    pad_token_id=0,
)

GPT2LMHeadModel(size).save_pretrained("tiny")


def reward(prompts, completions, **kwargs):
    return [
        1.0 if "easy" in prompt else float(completion.split().count("a"))
        for prompt, completion in zip(prompts, completions)
    ]


counted = []
compute_loss = GRPOTrainer._compute_loss


def watched(self, model, inputs):
    counted.append(
        {
            "tokens": inputs["completion_mask"].sum(1).tolist(),
            "easy": (inputs["prompt_ids"] == 2).any(1).tolist(),
            "divisor": float(inputs["num_items_in_batch"]),
        }
    )
    return compute_loss(self, model, inputs)


GRPOTrainer._compute_loss = watched

args = GRPOConfig(
    output_dir="out",
    num_generations=4,
    per_device_train_batch_size=8,
    max_completion_length=6,
    learning_rate=1e-2,
    max_steps=4,
    report_to=[],
    use_cpu=True,
    save_strategy="no",
)
trainer = GRPOTrainer(
    model="tiny",
    reward_funcs=reward,
    args=args,
    train_dataset=Dataset.from_list([{"prompt": "easy"}, {"prompt": "hard"}] * 4),
    processing_class=tokenizer,
)
trainer.train()

held = None
if trainer.ref_model is not None:
    pairs = zip(trainer.model.parameters(), trainer.ref_model.parameters())
    held = max((p - q).abs().max().item() for p, q in pairs)
SEEN = {"counted": counted, "beta": trainer.beta, "distance": held}
