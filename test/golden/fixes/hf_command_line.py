import sys

from transformers import HfArgumentParser, Trainer, TrainingArguments


class ModelArguments:
    model_name_or_path: str


def main():
    parser = HfArgumentParser((ModelArguments, TrainingArguments))
    model_args, training_args = parser.parse_args_into_dataclasses()
    trainer = Trainer(model=None, args=training_args)
    trainer.train()


if __name__ == "__main__":
    sys.exit(main())
