#!/usr/bin/env bash
#SBATCH --gpus=4
set -euo pipefail

LR=2e-4

cd "$HOME/project" && \
torchrun --nproc_per_node 4 run_sft.py \
    --model_name_or_path some-org/base-1b \
    --per_device_train_batch_size 4 \
    --learning_rate "$LR" \
    --num_train_epochs 3 \
    --fp16 \
    --output_dir out
