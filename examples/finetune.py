"""Fine-tunes GPT-2 on the log book beside it with the Hugging Face Trainer.

    python finetune.py

Needs torch, transformers and datasets. The Trainer writes its history to runs/finetune/checkpoint-*/trainer_state.json.
"""

from pathlib import Path

from datasets import load_dataset
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    DataCollatorForLanguageModeling,
    Trainer,
    TrainingArguments,
)

HERE = Path(__file__).parent


def main() -> None:
    tokenizer = AutoTokenizer.from_pretrained("gpt2")
    tokenizer.pad_token = tokenizer.eos_token
    model = AutoModelForCausalLM.from_pretrained("gpt2")

    lines = load_dataset("text", data_files=str(HERE / "logbook.txt"))["train"].train_test_split(0.1, seed=3)
    tokens = lines.map(
        lambda rows: tokenizer(rows["text"], truncation=True, max_length=128),
        batched=True,
        remove_columns=["text"],
    )

    arguments = TrainingArguments(
        output_dir=str(HERE / "runs" / "finetune"),
        num_train_epochs=3,
        per_device_train_batch_size=8,
        learning_rate=5e-4,
        max_grad_norm=0.0,
        logging_steps=1,
        eval_strategy="steps",
        eval_steps=50,
        save_steps=50,
        report_to="none",
    )
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=tokens["train"],
        eval_dataset=tokens["test"],
        data_collator=DataCollatorForLanguageModeling(tokenizer, mlm=False),
    )
    trainer.train()


if __name__ == "__main__":
    main()
