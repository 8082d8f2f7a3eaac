import copy

import torch
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast
from trl import DPOConfig, DPOTrainer

torch.manual_seed(0)

words = ["<pad>", "<eos>", "ask", "a", "b", "c", "d"]
plain = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, unk_token="<pad>"))
plain.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=plain, pad_token="<pad>", eos_token="<eos>")
size = GPT2Config(
    vocab_size=7,
    n_layer=1,
    n_head=1,
    n_embd=16,
    n_positions=16,
    bos_token_id=1,
    eos_token_id=1,
    pad_token_id=0,
    resid_pdrop=0.0,
    embd_pdrop=0.0,
    attn_pdrop=0.0,
)
model = GPT2LMHeadModel(size)

# Mean over the tokens of the chosen answers, the end among them, before any training.
with torch.no_grad():
    tokens = torch.tensor([[2, 3, 4, 1], [2, 5, 4, 1], [2, 3, 6, 1], [2, 6, 4, 1]])
    logits = model(tokens).logits
    chosen_loss = torch.nn.functional.cross_entropy(logits[:, :-1].reshape(-1, 7), tokens[:, 1:].reshape(-1)).item()

pairs = [
    {"prompt": "ask", "chosen": " a b", "rejected": " c d"},
    {"prompt": "ask", "chosen": " c b", "rejected": " a d"},
    {"prompt": "ask", "chosen": " a d", "rejected": " b b"},
    {"prompt": "ask", "chosen": " d b", "rejected": " c c"},
]
args = DPOConfig(
    output_dir="out",
    per_device_train_batch_size=4,
    max_steps=2,
    logging_steps=1,
    learning_rate=1e-2,
    report_to=[],
    use_cpu=True,
    save_strategy="no",
    gradient_checkpointing=False,
    bf16=False,
)
trainer = DPOTrainer(
    model=model,
    ref_model=copy.deepcopy(model),
    args=args,
    processing_class=tokenizer,
    train_dataset=Dataset.from_list(pairs),
)
trainer.train()

SEEN = {"losses": [entry["loss"] for entry in trainer.state.log_history if "loss" in entry], "chosen": chosen_loss}
