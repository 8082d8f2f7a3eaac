import type { PrintedCase } from './printedCases.js';

const bar = (filled: number, width = 30): string => ` [${'='.repeat(filled)}>${'.'.repeat(width - filled)}]`;
const FULL = '█'.repeat(10);
const back = '\b'.repeat(40);

/**
 * Shapes that only show amid other lines: tables that close an evaluation, bars drawn under a heading, libraries whose
 * lines stand between those of the program that uses them. The numbers are our own.
 */
export const PRINTED_AMID_OTHERS: readonly PrintedCase[] = [
  {
    program: 'Lightning, trainer.test in a terminal',
    source: 'Lightning-AI/pytorch-lightning: loops/evaluation_loop.py _print_results()',
    lines: [
      'Epoch 1: 100%|██████████| 100/100 [00:05<00:00, 19.50it/s, v_num=0, train_loss=0.312]',
      '`Trainer.fit` stopped: `max_epochs=2` reached.',
      'Testing DataLoader 0: 100%|██████████| 40/40 [00:00<00:00, 55.30it/s]',
      '┏━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━┓',
      '┃        Test metric        ┃       DataLoader 0        ┃',
      '┡━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━┩',
      '│            acc            │    0.8823999762535095     │',
      '│         test_loss         │            nan            │',
      '└───────────────────────────┴───────────────────────────┘',
    ],
    points: { train_loss: [[100, 0.312]], 'test/acc': [[100, 0.8823999762535095]], test_loss: [[100, NaN]] },
    only: true,
  },
  {
    program: 'Lightning, trainer.validate with two loaders, without rich',
    source: 'Lightning-AI/pytorch-lightning: loops/evaluation_loop.py _print_results()',
    lines: [
      '─'.repeat(80),
      '     Validate metric           DataLoader 0             DataLoader 1',
      '─'.repeat(80),
      '        val_acc            0.8823999762535095       0.7723999762535095',
      '          loss             0.35672634840011597',
      '─'.repeat(80),
    ],
    points: {
      'val_acc/dataloader_idx_0': [[1, 0.8823999762535095]],
      'val_acc/dataloader_idx_1': [[1, 0.7723999762535095]],
      'validation/loss': [[1, 0.35672634840011597]],
    },
    only: true,
  },
  {
    program: 'Ray Train, the result of each iteration',
    source: 'ray-project/ray: tune/experimental/output.py',
    lines: [
      'Training started with configuration:',
      '╭──────────────────────────────╮',
      '│ Training config              │',
      '├──────────────────────────────┤',
      '│ train_loop_config/lr   0.001 │',
      '╰──────────────────────────────╯',
      ...[1, 2].flatMap((iteration) => [
        `Training finished iteration ${iteration} at 2024-05-01 10:00:00. Total running time: 25s`,
        '╭───────────────────────────────╮',
        '│ Training result               │',
        '├───────────────────────────────┤',
        '│ checkpoint_dir_name           │',
        `│ training_iteration          ${iteration} │`,
        `│ loss                  0.${iteration}3881 │`,
        '╰───────────────────────────────╯',
      ]),
    ],
    points: {
      loss: [
        [1, 0.13881],
        [2, 0.23881],
      ],
    },
    only: true,
  },
  {
    program: 'Ray Tune, of several trials the first',
    source: 'ray-project/ray: tune/experimental/output.py',
    lines: ['PPO_a_00000', 'PPO_a_00001'].flatMap((trial, index) => [
      '╭──────────────────────────────────╮',
      `│ Trial ${trial} result         │`,
      '├──────────────────────────────────┤',
      `│ episode_reward_mean     ${index + 1}2.5     │`,
      '│ training_iteration      4        │',
      '╰──────────────────────────────────╯',
    ]),
    points: { episode_reward_mean: [[4, 12.5]] },
    only: true,
  },
  {
    program: 'pytorch-cifar',
    source: 'kuangliu/pytorch-cifar: utils.py progress_bar()',
    lines: [
      '==> Preparing data..',
      ...[0, 1].flatMap((epoch) => [
        '',
        `Epoch: ${epoch}`,
        `${bar(0)}  Step: 2s15ms | Tot: 0ms | Loss: 2.412 | Acc: 8.594% (11/128)          ${back} 1/391 \r${bar(30, 30)}  Step: 12ms | Tot: 1m3s | Loss: 1.${epoch}50 | Acc: 4${epoch}.000% (20000/50000)          ${back} 391/391 `,
        `${bar(30)}  Step: 12ms | Tot: 3s12ms | Loss: 1.${epoch}75 | Acc: 5${epoch}.000% (5000/10000)          ${back} 100/100 `,
        'Saving..',
      ]),
      '',
      'Epoch: 2',
      `${bar(4)}  Step: 12ms | Tot: 1s | Loss: 0.900 | Acc: 60.000% (450/1000)          ${back} 99/391 `,
    ],
    points: {
      Loss: [
        [0, 1.05],
        [1, 1.15],
      ],
      Acc: [
        [0, 40],
        [1, 41],
      ],
      'test/Loss': [
        [0, 1.075],
        [1, 1.175],
      ],
      'test/Acc': [
        [0, 50],
        [1, 51],
      ],
    },
    only: true,
  },
  {
    program: 'pytorch-classification',
    source: 'bearpaw/pytorch-classification: cifar.py train()',
    lines: [
      'Epoch: [1 | 164] LR: 0.100000',
      'Processing |                                | (1/391) Data: 0.301s | Batch: 0.452s | Total: 0:00:00 | ETA: 0:02:57 | Loss: 2.4123 | top1:  9.3750 | top5:  50.7812',
      'Processing |################################| (391/391) Data: 0.001s | Batch: 0.052s | Total: 0:00:20 | ETA: 0:00:01 | Loss: 1.6123 | top1:  41.3750 | top5:  89.7812',
      'Processing |################################| (100/100) Data: 0.001s | Batch: 0.022s | Total: 0:00:02 | ETA: 0:00:01 | Loss: 1.2123 | top1:  55.5000 | top5:  94.5000',
    ],
    points: {
      Loss: [[1, 1.6123]],
      top1: [[1, 41.375]],
      top5: [[1, 89.7812]],
      'test/Loss': [[1, 1.2123]],
      'test/top1': [[1, 55.5]],
      'test/top5': [[1, 94.5]],
    },
    only: true,
  },
  {
    program: 'GPT-NeoX with hosts and a validation',
    source: 'EleutherAI/gpt-neox: megatron/training.py evaluate_and_print_results()',
    lines: [
      '[2023-03-01 10:00:00,123] [INFO] [logging.py:60:log_dist] [Rank 0] step=10, skipped=0, lr=[3e-07, 3e-07], mom=[[0.9, 0.95], [0.9, 0.95]]',
      '10.0.0.1:  samples/sec: 25.900 | iteration       10/  320000 | elapsed time per iteration (ms): 1234.1 | learning rate: 3.000E-07 | lm_loss: 1.089123E+01 | number of skipped iterations:   0 |',
      ' validation results at iteration 10 | lm_loss value: 9.912345E+00 | lm_loss_ppl value: 2.0178E+04 | ',
    ],
    points: {
      lm_loss: [[10, 10.89123]],
      'validation/lm_loss': [[10, 9.912345]],
      'validation/lm_loss_ppl': [[10, 20178]],
    },
    total: 320000,
  },
  {
    program: 'Megatron-LM, validation and test',
    source: 'NVIDIA/Megatron-LM: megatron/training/training.py evaluate_and_print_results()',
    lines: [
      ' validation loss at iteration 10 on validation set | lm loss value: 1.052312E+01 | lm loss PPL: 3.717E+04 | ',
      ' validation loss at iteration 10 on test set | lm loss value: 1.062312E+01 | lm loss PPL: 3.917E+04 | ',
    ],
    points: {
      'lm loss validation': [[10, 10.52312]],
      'lm loss validation ppl': [[10, 37170]],
      'test/lm loss': [[10, 10.62312]],
      'test/lm loss ppl': [[10, 39170]],
    },
    only: true,
  },
  {
    program: 'DeepSpeed under a loop of one’s own, two ranks',
    source: 'deepspeedai/DeepSpeedExamples: step1_supervised_finetuning/main.py --print_loss',
    lines: [
      '[2023-05-01 10:00:00,123] [INFO] [logging.py:96:log_dist] [Rank 0] step=10, skipped=3, lr=[1.5e-06], mom=[(0.9, 0.95)]',
      '[2023-05-01 10:00:00,124] [INFO] [timer.py:199:stop] epoch=0/micro_step=80/global_step=10, RunningAvgSamplesPerSec=31.2, MemAllocated=10.1GB',
      'Epoch: 0, Step: 10, Rank: 0, loss = 2.3125',
      'Epoch: 0, Step: 10, Rank: 1, loss = 2.5',
    ],
    points: { skipped: [[10, 3]], lr: [[10, 0.0000015]], 'loss @0': [[10, 2.3125]], 'loss @1': [[10, 2.5]] },
    only: true,
  },
  {
    program: 'litgpt, with its configuration and a validation',
    source: 'Lightning-AI/litgpt: litgpt/finetune/lora.py',
    lines: [
      "{'data': {'batch_size': 1}, 'eval': {'interval': 100, 'max_iters': 100}, 'train': {'epochs': 1, 'lr_warmup_steps': 100}}",
      'Epoch 1 | iter 1 step 0 | loss train: 2.345, val: n/a | iter time: 812.34 ms',
      'Epoch 1 | iter 8 step 1 | loss train: 2.245, val: n/a | iter time: 512.34 ms (step)',
      'Epoch 1 | iter 16 step 2 | loss train: 2.145, val: n/a | iter time: 512.34 ms (step)',
      'iter 16: val loss 2.2010, val time: 1234.56 ms',
      'Epoch 2 | iter 24 step 3 | loss train: 2.045, val: 2.201 | iter time: 512.34 ms (step)',
    ],
    points: {
      'loss train': [
        [1, 2.345],
        [8, 2.245],
        [16, 2.145],
        [24, 2.045],
      ],
      'val loss': [[16, 2.201]],
      val: [[24, 2.201]],
      'iter time': [
        [1, 812.34],
        [8, 512.34],
        [16, 512.34],
        [24, 512.34],
      ],
    },
    only: true,
  },
  {
    program: 'LightGBM, which says the best round once more',
    source: 'microsoft/LightGBM: callback.py early_stopping()',
    lines: [
      "Training until validation scores don't improve for 50 rounds",
      "[50]\ttraining's auc: 0.91231\tvalid_1's auc: 0.88123",
      "[100]\ttraining's auc: 0.93231\tvalid_1's auc: 0.89123",
      'Early stopping, best iteration is:',
      "[88]\ttraining's auc: 0.92231\tvalid_1's auc: 0.89323",
      "Training until validation scores don't improve for 50 rounds",
      "[50]\ttraining's auc: 0.91\tvalid_1's auc: 0.88",
    ],
    points: {
      "training's auc": [
        [50, 0.91231],
        [100, 0.93231],
        [50, 0.91],
      ],
      "valid_1's auc": [
        [50, 0.88123],
        [100, 0.89123],
        [50, 0.88],
      ],
    },
    only: true,
  },
  {
    program: 'Coqui TTS at the end of an epoch',
    source: 'coqui-ai/Trainer: trainer/logging/console_logger.py',
    lines: [
      '   --> TIME: 2024-05-01 10:01:12 -- STEP: 25/406 -- GLOBAL_STEP: 25',
      '     | > loss: 8.12  (8.62)',
      '',
      ' > EVALUATION ',
      '',
      '  --> EVAL PERFORMANCE',
      '     | > avg_loss: 5.12 (+0.00)',
      '',
      ' > EPOCH: 1/1000',
    ],
    points: { loss: [[25, 8.12]], 'eval/avg_loss': [[25, 5.12]] },
    only: true,
  },
  {
    program: 'torchtune in its second epoch',
    source: 'meta-pytorch/torchtune: recipes/lora_finetune_single_device.py',
    lines: [
      '1|1617|Loss: 1.5: 100%|██████████| 1617/1617 [90:03<00:00,  3.35s/it]',
      '2|1618|Loss: 0.5:   0%|          | 1/1617 [00:06<1:30:10,  3.35s/it]',
    ],
    points: {
      Loss: [
        [1617, 1.5],
        [1618, 0.5],
      ],
    },
    only: true,
  },
  {
    program: 'Ultralytics at its end',
    source: 'ultralytics/ultralytics: engine/trainer.py _do_train()',
    lines: [
      '      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size',
      '        2/2      2.61G      1.058      1.341      1.140         13        640: 100%|██████████| 8/8 [00:05<00:00,  1.50it/s]',
      '',
      '2 epochs completed in 0.010 hours.',
    ],
    points: {
      box_loss: [[2, 1.058]],
      cls_loss: [[2, 1.341]],
      dfl_loss: [[2, 1.14]],
      Instances: [[2, 13]],
      Size: [[2, 640]],
    },
    only: true,
  },
  {
    program: 'a notebook’s table of the Trainer in which the first loss is not there yet',
    source: 'huggingface/transformers: utils/notebook.py',
    lines: [
      ' [ 500/4000 1:12:13 < 8:10:11, 0.12 it/s, Epoch 0.98/8]',
      'Step\tTraining Loss\tValidation Loss\tWer',
      '250\tNo log\t0.412\t45.1',
      '500\t0.4123\t0.375\t43.12',
    ],
    points: {
      'Training Loss': [[500, 0.4123]],
      'Validation Loss': [
        [250, 0.412],
        [500, 0.375],
      ],
      Wer: [
        [250, 45.1],
        [500, 43.12],
      ],
    },
    only: true,
  },
  {
    program: 'bars of epochs from 1 before those from 0',
    source: 'OpenRLHF/OpenRLHF: trainer/sft_trainer.py',
    lines: [
      'Train epoch:   0%|          | 0/1 [00:00<?, ?it/s]',
      'Train epoch [1/1]:  10%|█         | 1/10 [00:10<00:10,  2.51s/it, gpt_loss=1.5]',
      'Train step of epoch 0:  10%|█         | 10/100 [00:10<01:30,  1.00s/it, gpt_loss=1.25]',
    ],
    points: {
      gpt_loss: [
        [1, 1.5],
        [10, 1.25],
      ],
    },
    only: true,
  },
  {
    program: 'a validation below the bar of each epoch',
    source: 'our own',
    lines: [
      `Epoch 1/3: 100%|${FULL}| 469/469 [00:20<00:00, 22.5it/s, loss=0.21]`,
      'Validation loss: 0.3312, accuracy: 0.91',
      'Validation loss decreased (inf --> 0.331200).  Saving model ...',
      `Epoch 2/3: 100%|${FULL}| 469/469 [00:20<00:00, 22.5it/s, loss=0.11]`,
      'Validation loss: 0.2312, accuracy: 0.93',
      'EarlyStopping counter: 1 out of 5',
    ],
    points: {
      loss: [
        [469, 0.21],
        [938, 0.11],
      ],
      'validation/loss': [
        [469, 0.3312],
        [938, 0.2312],
      ],
      'validation/accuracy': [
        [469, 0.91],
        [938, 0.93],
      ],
    },
    only: true,
  },
  {
    program: 'results below bars that have none and name the epoch',
    source: 'our own',
    lines: [
      `Epoch [1/10]: 100%|${FULL}| 469/469 [00:20<00:00, 22.5it/s]`,
      'Train Loss: 0.51, Val Loss: 0.41, Val Acc: 0.8',
      'Test set: 10000 images, score threshold 0.5',
      `Epoch [2/10]: 100%|${FULL}| 469/469 [00:20<00:00, 22.5it/s]`,
      'Train Loss: 0.41, Val Loss: 0.31, Val Acc: 0.9',
    ],
    points: {
      Loss: [
        [469, 0.51],
        [938, 0.41],
      ],
      'Val Loss': [
        [469, 0.41],
        [938, 0.31],
      ],
      'Val Acc': [
        [469, 0.8],
        [938, 0.9],
      ],
    },
    only: true,
  },
  {
    program: 'results below bare bars of which only the last drawing is kept',
    source: 'our own',
    lines: ['0.41', '0.31', '0.21'].flatMap((loss) => [
      `100%|${FULL}| 469/469 [00:20<00:00, 22.5it/s]`,
      `Val loss: ${loss}`,
    ]),
    points: {
      'val/loss': [
        [1, 0.41],
        [2, 0.31],
        [3, 0.21],
      ],
    },
    only: true,
  },
  {
    program: 'bare bars of the training and of the validation in turns',
    source: 'our own',
    lines: ['0.41', '0.31', '0.21'].flatMap((loss) => [
      `100%|${FULL}| 469/469 [00:20<00:00, 22.5it/s]`,
      'done',
      `100%|${FULL}| 79/79 [00:02<00:00, 22.5it/s]`,
      `Val loss: ${loss}`,
    ]),
    points: {
      'val/loss': [
        [1, 0.41],
        [2, 0.31],
        [3, 0.21],
      ],
    },
    only: true,
  },
  {
    program: 'a bare bar between the line of an epoch and its validation',
    source: 'our own',
    lines: [7, 8].flatMap((epoch) => [
      `Epoch ${epoch}: train loss 0.5`,
      `100%|${FULL}| 79/79 [00:02<00:00, 22.5it/s]`,
      'Val loss: 0.4',
    ]),
    points: {
      'train loss': [
        [7, 0.5],
        [8, 0.5],
      ],
      'val/loss': [
        [7, 0.4],
        [8, 0.4],
      ],
    },
    only: true,
  },
  {
    program: 'ERA notebooks, whose metrics stand before the bar',
    source: 'our own',
    lines: ['0.25', '0.125'].flatMap((loss, epoch) => [
      `EPOCH: ${epoch}`,
      `Loss=${loss} Batch_id=468 Accuracy=90.5: 100%|${FULL}| 469/469 [00:20<00:00, 22.52it/s]`,
      '',
      'Test set: Average loss: 0.0512, Accuracy: 9832/10000 (98.32%)',
      '',
    ]),
    points: {
      Loss: [
        [469, 0.25],
        [938, 0.125],
      ],
      'test/loss': [
        [469, 0.0512],
        [938, 0.0512],
      ],
    },
  },
  {
    program: 'segmentation_models.pytorch',
    source: 'qubvel-org/segmentation_models.pytorch: utils/train.py',
    lines: ['0.25', '0.125'].flatMap((loss, epoch) => [
      '',
      `Epoch: ${epoch}`,
      `train: 100%|${FULL}| 92/92 [01:29<00:00,  1.03it/s, dice_loss - ${loss}, iou_score - 0.6343]`,
      `valid: 100%|${FULL}| 101/101 [00:12<00:00,  8.03it/s, dice_loss - 0.2, iou_score - 0.7]`,
      'Model saved!',
    ]),
    points: {
      dice_loss: [
        [92, 0.25],
        [184, 0.125],
      ],
      iou_score: [
        [92, 0.6343],
        [184, 0.6343],
      ],
      'valid/dice_loss': [
        [92, 0.2],
        [184, 0.2],
      ],
      'valid/iou_score': [
        [92, 0.7],
        [184, 0.7],
      ],
    },
    only: true,
  },
  {
    program: 'levanter, an evaluation below its bar',
    source: 'marin-community/levanter: callbacks/_core.py',
    lines: [
      'Progress on:train 10.0it/1.00kit rate:1.2it/s remaining:13:12 elapsed:00:12 postfix:loss=9.812',
      '2024-05-01T10:01:00 - 0 - levanter.callbacks - callbacks.py:101 - INFO :: eval loss: 4.012',
    ],
    points: { loss: [[10, 9.812]], 'eval/loss': [[10, 4.012]] },
    only: true,
  },
  {
    program: 'build-nanogpt, its log file',
    source: 'karpathy/build-nanogpt: train_gpt2.py',
    lines: ['0 val 10.9511', '0 hella 0.2463', '0 train 10.955029', '1 train 9.655029', '250 val nan', '7 apples 3.5'],
    points: {
      'val/loss': [
        [0, 10.9511],
        [250, NaN],
      ],
      'hellaswag accuracy': [[0, 0.2463]],
      loss: [
        [0, 10.955029],
        [1, 9.655029],
      ],
    },
    only: true,
  },
  {
    program: 'pytorch-cifar100',
    source: 'weiaicunzai/pytorch-cifar100: train.py',
    lines: [
      'Training Epoch: 1 [128/50000]\tLoss: 4.6987\tLR: 0.000256',
      'Training Epoch: 1 [50000/50000]\tLoss: 3.6587\tLR: 0.100000',
      'epoch 1 training time consumed: 12.31s',
      'Evaluating Network.....',
      'Test set: Epoch: 1, Average loss: 0.0289, Accuracy: 0.1012, Time consumed:2.31s',
      'Training Epoch: 2 [128/50000]\tLoss: 3.6987\tLR: 0.100000',
    ],
    points: {
      Loss: [
        [128, 4.6987],
        [50000, 3.6587],
        [50128, 3.6987],
      ],
      LR: [
        [128, 0.000256],
        [50000, 0.1],
        [50128, 0.1],
      ],
      'test/loss': [[50000, 0.0289]],
      'test/Accuracy': [[50000, 0.1012]],
      'test/Time consumed': [[50000, 2.31]],
    },
    only: true,
  },
  {
    program: 'DARTS',
    source: 'quark0/darts: cnn/train.py',
    lines: [
      "07/01 10:00:00 AM args = Namespace(arch='DARTS', batch_size=96, learning_rate=0.025)",
      '07/01 10:00:00 AM param size = 3.349342MB',
      ...[0, 1].flatMap((epoch) => [
        `07/01 10:00:02 AM epoch ${epoch} lr 2.500000e-02`,
        '07/01 10:00:05 AM train 000 3.236412e+00 9.375000 52.083332',
        '07/01 10:00:25 AM train 050 2.936412e+00 19.375000 62.083332',
        '07/01 10:01:25 AM train_acc 35.120000',
        '07/01 10:01:26 AM valid 000 1.536412e+00 45.833332 92.708331',
        '07/01 10:01:36 AM valid 050 1.436412e+00 46.833332 93.708331',
        '07/01 10:01:46 AM valid_acc 48.120000',
      ]),
    ],
    points: {
      lr: [
        [0, 0.025],
        [1, 0.025],
      ],
      train_acc: [
        [0, 35.12],
        [1, 35.12],
      ],
      'valid/loss': [
        [0, 1.436412],
        [1, 1.436412],
      ],
      valid_acc: [
        [0, 48.12],
        [1, 48.12],
      ],
    },
  },
  {
    program: 'NeMo RL',
    source: 'NVIDIA-NeMo/RL: nemo_rl/algorithms/grpo.py',
    lines: [
      '========================= Step 1/100 =========================',
      '▶ Generating responses for batch of size 512...',
      '🔍 Validation Results:',
      '    • Accuracy: 0.25',
      '    • Average response length: 512.0 tokens',
      '📊 Training Results:',
      '  • Loss: 0.0123',
      '  • Avg Reward: 0.4123',
      '⏱️  Timing:',
      '  • Total step time: 61.12s',
      '========================= Step 2/100 =========================',
      '📊 Training Results:',
      '  • Loss: 0.0113',
    ],
    points: {
      Loss: [
        [1, 0.0123],
        [2, 0.0113],
      ],
      'Avg Reward': [[1, 0.4123]],
      'validation/Accuracy': [[1, 0.25]],
      'validation/Average response length': [[1, 512]],
    },
    only: true,
    total: 100,
  },
  {
    program: 'notebooks of competitions',
    source: 'our own',
    lines: [
      '========== fold: 0 training ==========',
      'Epoch: [1][0/390] Elapsed 0m 1s (remain 12m 3s) Loss: 0.7123(0.7123) Grad: 12.1234  LR: 0.00002000  ',
      'Epoch: [1][389/390] Elapsed 2m 41s (remain 0m 0s) Loss: 0.4123(0.5123) Grad: 2.0234  LR: 0.00001900  ',
      'EVAL: [97/98] Elapsed 0m 10s (remain 0m 0s) Loss: 0.4023(0.4223) ',
      'Epoch 1 - avg_train_loss: 0.5123  avg_val_loss: 0.4223  time: 172s',
      'Epoch 1 - Score: 0.4567',
      'Epoch 1 - Save Best Score: 0.4567 Model',
    ],
    points: {
      Loss: [
        [0, 0.7123],
        [389, 0.4123],
      ],
      Grad: [
        [0, 12.1234],
        [389, 2.0234],
      ],
      LR: [
        [0, 0.00002],
        [389, 0.000019],
      ],
      'eval/Loss': [[389, 0.4223]],
      avg_train_loss: [[390, 0.5123]],
      avg_val_loss: [[390, 0.4223]],
      time: [[390, 172]],
      Score: [[390, 0.4567]],
    },
    only: true,
  },
  {
    program: 'PyTorch tutorials, a blank before the colon',
    source: 'our own',
    lines: ['[1,  2000] loss : 2.241', '[1,  4000] loss : 1.841'],
    points: {
      loss: [
        [2000, 2.241],
        [4000, 1.841],
      ],
    },
    only: true,
  },
];
