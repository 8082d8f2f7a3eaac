import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments


def build():
    torch.manual_seed(0)
    model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=40, n_positions=16))
    dataset = [{'input_ids': torch.arange(8) + i % 8, 'labels': torch.arange(8) + i % 8} for i in range(64)]
    args = TrainingArguments(output_dir='output', max_steps=60, max_grad_norm=0.0, learning_rate=2e-4,
                             lr_scheduler_type='constant', logging_steps=1, save_strategy='no',
                             report_to='none', use_cpu=True)
    return Trainer(model=model, args=args, train_dataset=dataset)


if __name__ == '__main__':
    build().train()
