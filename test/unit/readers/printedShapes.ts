import type { PrintedCase } from './printedCases.js';

/**
 * More shapes, as {@link PRINTED_CASES} has them: what home-made loops print, what collectors of logs set before a line,
 * and programs of further fields. The numbers are our own where they matter.
 */
export const PRINTED_SHAPES: readonly PrintedCase[] = [
  {
    program: 'a loop of one’s own, two pairs framed by bars',
    source: 'our own',
    lines: ['| step 10 | train loss 2.890 |', '| step 20 | train loss 2.470 |', '| step 30 | train loss nan |'],
    points: {
      'train loss': [
        [10, 2.89],
        [20, 2.47],
        [30, NaN],
      ],
    },
  },
  {
    program: 'MLX-LM',
    source: 'ml-explore/mlx-examples#557',
    lines: [
      'Starting training..., iters: 3000',
      'Iter 1: Val loss 2.480, Val took 0.732s',
      'Iter 10: Train loss 2.363, Learning Rate 1.000e-05, It/sec 1.022, Tokens/sec 88.083, Trained Tokens 862',
      'Iter 10: Saved adapter weights to adapters/adapters.safetensors and adapters/0000010_adapters.safetensors.',
      'Iter 20: Train loss 1.508, Learning Rate 1.000e-05, It/sec 0.826, Tokens/sec 81.866, Trained Tokens 1853, Peak mem 5.094 GB',
    ],
    points: {
      'Val loss': [[1, 2.48]],
      'Train loss': [
        [10, 2.363],
        [20, 1.508],
      ],
      'Learning Rate': [
        [10, 0.00001],
        [20, 0.00001],
      ],
      'Trained Tokens': [
        [10, 862],
        [20, 1853],
      ],
    },
  },
  {
    program: 'llama.cpp, finetune',
    source: 'ggml-org/llama.cpp#7611',
    lines: [
      'main: begin training',
      'train_opt_callback: iter=     0 sample=1/744 sched=0.000000 loss=0.000000 |->',
      'train_opt_callback: iter=    70 sample=72/5608 sched=0.700000 loss=4.948237 dt=00:04:59 eta=03:29:33 |----------------->',
      'train_opt_callback: iter=    71 sample=73/5608 sched=0.710000 loss=7.699281 dt=00:04:59 eta=03:24:38 |>',
    ],
    points: {
      loss: [
        [0, 0],
        [70, 4.948237],
        [71, 7.699281],
      ],
      sched: [
        [0, 0],
        [70, 0.7],
        [71, 0.71],
      ],
    },
  },
  {
    program: 'llama.cpp, ggml-opt',
    source: 'ggml-org/llama.cpp: ggml/src/ggml-opt.cpp',
    lines: [
      'train: [=>                                                                                                                                                                ] data=000008/000053 loss=1.71 acc=61.0% t=00:00:09 ETA=00:00:52\rtrain: [===>] data=000016/000053 loss=1.81 acc=60.0% t=00:00:19 ETA=00:00:42 ',
      'val:   [======>] data=000006/000006 loss=1.91±0.01 acc=58.00±0.1% t=00:00:01 ETA=00:00:00',
    ],
    points: {
      loss: [
        [8, 1.71],
        [16, 1.81],
      ],
      acc: [
        [8, 61],
        [16, 60],
      ],
      'val/loss': [[16, 1.91]],
      'val/acc': [[16, 58]],
    },
    total: 53,
  },
  {
    program: `MindSpore's LossMonitor`,
    source: 'mindspore: train/callback/_loss_monitor.py',
    lines: [
      'epoch: 1 step: 1, loss is 2.3025',
      'epoch: 1 step: 1875, loss is 0.05',
      'epoch time: 20000.123 ms, per step time: 10.6 ms',
      'epoch: 2 step: 1, loss is 0.04',
      'epoch: 2 step: 1875, loss is 0.03',
    ],
    points: {
      loss: [
        [1, 2.3025],
        [1875, 0.05],
        [1876, 0.04],
        [3750, 0.03],
      ],
    },
  },
  {
    program: 'minimind',
    source: 'jingyaogong/minimind#26',
    lines: [
      'Epoch:[0/19](0/24681) loss:8.863 lr:0.00020000 epoch_Time:372.0min:',
      'Epoch:[0/19](100/24681) loss:5.251 lr:0.00020000 epoch_Time:98.0min:',
      'Epoch:[1/19](100/24681) loss:3.251 lr:0.00020000 epoch_Time:98.0min:',
    ],
    points: {
      loss: [
        [0, 8.863],
        [100, 5.251],
        [24781, 3.251],
      ],
      lr: [
        [0, 0.0002],
        [100, 0.0002],
        [24781, 0.0002],
      ],
    },
  },
  {
    program: 'minimind, newer',
    source: 'jingyaogong/minimind: trainer/train_pretrain.py',
    lines: [
      'Epoch:[1/2](100/24681), loss: 5.2510, logits_loss: 5.25, aux_loss: 0.0000, lr: 0.00020000, epoch_time: 98.0min',
    ],
    points: {
      loss: [[100, 5.251]],
      logits_loss: [[100, 5.25]],
      aux_loss: [[100, 0]],
      lr: [[100, 0.0002]],
    },
  },
  {
    program: 'a part of the data before the epoch',
    source: 'wengwenchao123/PM-DMNet#5',
    lines: [
      '2025-11-28 18:33: ********Train Epoch 37: averaged Loss: 1.459129, GPU cost: 3.43 GB, train time: 45.03 s',
      '2025-11-28 18:33: ***********Val Epoch 37: average Loss: 1.707437, train time: 2.17 s',
      '2025-11-28 18:33: **********test Epoch 37: average Loss: 1.689406, train time: 4.33 s',
      '2025-11-28 18:34: ********Train Epoch 38: averaged Loss: 1.457252, GPU cost: 3.43 GB, train time: 45.00 s',
    ],
    points: {
      'averaged Loss': [
        [37, 1.459129],
        [38, 1.457252],
      ],
      'val/average Loss': [[37, 1.707437]],
      'test/average Loss': [[37, 1.689406]],
    },
  },
  {
    program: 'Kaldi nnet3',
    source: 'kaldi-asr/kaldi#134',
    lines: [
      '# nnet3-train --use-gpu=yes ...',
      `LOG (nnet3-train:PrintStatsForThisPhase():nnet-training.cc:121) Average objective function for 'output' for minibatches 40-49 is -35.0044 over 19538 frames.`,
      `LOG (nnet3-train:PrintStatsForThisPhase():nnet-training.cc:121) Average objective function for 'output' for minibatches 50-59 is -32.7891 over 19423 frames.`,
      `LOG (nnet3-train[5.5]:PrintTotalStats():nnet-training.cc:348) Overall average objective function for 'output' is -0.687 over 573696 frames.`,
    ],
    points: {
      objective: [
        [49, -35.0044],
        [59, -32.7891],
      ],
    },
  },
  {
    program: `scikit-learn's gradient boosting`,
    source: 'scikit-learn: ensemble/_gb.py',
    lines: [
      '      Iter       Train Loss      OOB Improve   Remaining Time ',
      '         1           1.2613           0.0832           12.34s',
      '         2           1.1532           0.0732           11.10s',
    ],
    points: {
      'Train Loss': [
        [1, 1.2613],
        [2, 1.1532],
      ],
      'OOB Improve': [
        [1, 0.0832],
        [2, 0.0732],
      ],
    },
  },
  {
    program: `scikit-learn's histogram gradient boosting`,
    source: 'scikit-learn: ensemble/_hist_gradient_boosting',
    lines: [
      '[1/100] 1 tree, 31 leaves, max depth = 9, train loss: 0.60000, val loss: 0.61000, in 0.010s',
      '[2/100] 1 tree, 31 leaves, max depth = 10, train loss: 0.55000, val loss: 0.57000, in 0.009s',
    ],
    points: {
      'train loss': [
        [1, 0.6],
        [2, 0.55],
      ],
      'val loss': [
        [1, 0.61],
        [2, 0.57],
      ],
    },
    total: 100,
  },
  {
    program: `scikit-learn's MLPClassifier with a validation`,
    source: 'scikit-learn: neural_network/_multilayer_perceptron.py',
    lines: [
      'Iteration 1, loss = 0.32009978',
      'Validation score: 0.950000',
      'Iteration 2, loss = 0.15347534',
      'Validation score: 0.960000',
    ],
    points: {
      loss: [
        [1, 0.32009978],
        [2, 0.15347534],
      ],
      'validation/score': [
        [1, 0.95],
        [2, 0.96],
      ],
    },
  },
  {
    program: 'Keras before 2.3, in R as well',
    source: 'rstudio/keras, rdrr.io',
    lines: [
      'Train on 48000 samples, validate on 12000 samples',
      'Epoch 1/30',
      '48000/48000 [==============================] - 3s 62us/sample - loss: 0.4261 - acc: 0.8752 - val_loss: 0.1612 - val_acc: 0.9533',
      'Epoch 2/30',
      '  128/48000 [..............................] - ETA: 2s - loss: 0.2 - acc: 0.93\\b\\b\\b\r 48000/48000 [==============================] - 3s 62us/step - loss: 0.2261 - acc: 0.9352 - val_loss: 0.1312 - val_acc: 0.9633',
    ],
    points: {
      loss: [
        [1, 0.4261],
        [2, 0.2261],
      ],
      acc: [
        [1, 0.8752],
        [2, 0.9352],
      ],
      val_loss: [
        [1, 0.1612],
        [2, 0.1312],
      ],
      val_acc: [
        [1, 0.9533],
        [2, 0.9633],
      ],
    },
    total: 30,
  },
  {
    program: 'luz for R',
    source: 'mlverse/luz',
    lines: [
      'Epoch 1/10',
      'Train metrics: Loss: 0.4527 - Acc: 0.8601',
      'Valid metrics: Loss: 0.1927 - Acc: 0.9432',
      'Epoch 2/10',
      'Train metrics: Loss: 0.2527 - Acc: 0.9201',
      'Valid metrics: Loss: 0.1327 - Acc: 0.9532',
    ],
    points: {
      Loss: [
        [1, 0.4527],
        [2, 0.2527],
      ],
      Acc: [
        [1, 0.8601],
        [2, 0.9201],
      ],
      'valid/Loss': [
        [1, 0.1927],
        [2, 0.1327],
      ],
      'valid/Acc': [
        [1, 0.9432],
        [2, 0.9532],
      ],
    },
    total: 10,
  },
  {
    program: 'Burn',
    source: 'tracel-ai/burn: examples/custom-training-loop',
    lines: [
      '[Train - Epoch 1 - Iteration 10] Loss 2.1234 | Accuracy 34.5 %',
      '[Train - Epoch 1 - Iteration 20] Loss 1.1234 | Accuracy 54.5 %',
      '[Valid - Epoch 1 - Iteration 10] Loss 0.9 | Accuracy 74.5 %',
      '[Train - Epoch 2 - Iteration 10] Loss 0.8 | Accuracy 80.5 %',
    ],
    points: {
      Loss: [
        [10, 2.1234],
        [20, 1.1234],
        [30, 0.8],
      ],
      Accuracy: [
        [10, 34.5],
        [20, 54.5],
        [30, 80.5],
      ],
      'valid/Loss': [[20, 0.9]],
      'valid/Accuracy': [[20, 74.5]],
    },
  },
  {
    program: 'candle',
    source: 'huggingface/candle: candle-examples/examples/mnist-training',
    lines: ['   1 train loss:  0.36142 test acc: 89.90%', '   2 train loss:  0.31142 test acc: 91.90%'],
    points: {
      'train loss': [
        [1, 0.36142],
        [2, 0.31142],
      ],
      'test acc': [
        [1, 89.9],
        [2, 91.9],
      ],
    },
  },
  {
    program: 'tch-rs',
    source: 'LaurentMazare/tch-rs: examples/mnist',
    lines: ['epoch:    1 train loss:  0.36142 test acc: 89.90%', 'epoch:    2 train loss:  0.30142 test acc: 90.90%'],
    points: {
      'train loss': [
        [1, 0.36142],
        [2, 0.30142],
      ],
      'test acc': [
        [1, 89.9],
        [2, 90.9],
      ],
    },
  },
  {
    program: `Julia's logging`,
    source: 'JuliaLang: stdlib Logging, @info',
    lines: [
      '[ Info: Epoch: 1, train_loss: 0.5, test_loss: 0.6',
      'epoch = 1, loss = 0.55',
      '┌ Info: Epoch 2',
      '│   loss = 0.45',
      '└   acc = 0.9',
    ],
    points: {
      train_loss: [[1, 0.5]],
      test_loss: [[1, 0.6]],
      loss: [
        [1, 0.55],
        [2, 0.45],
      ],
      acc: [[2, 0.9]],
    },
  },
  {
    program: 'Flux',
    source: 'FluxML/model-zoo: vision/conv_mnist',
    lines: [
      'Epoch: 1 Train: (loss = 0.5123, acc = 87.4) Test: (loss = 0.4123, acc = 88.1)',
      'Epoch: 2 Train: (loss = 0.4123, acc = 88.4) Test: (loss = 0.3123, acc = 89.1)',
    ],
    points: {
      loss: [
        [1, 0.5123],
        [2, 0.4123],
      ],
      acc: [
        [1, 87.4],
        [2, 88.4],
      ],
      'test/loss': [
        [1, 0.4123],
        [2, 0.3123],
      ],
      'test/acc': [
        [1, 88.1],
        [2, 89.1],
      ],
    },
  },
  {
    program: 'Create ML',
    source: 'apple/turicreate: boosted trees',
    lines: [
      '+-----------+--------------+-------------------+---------------------+',
      '| Iteration | Elapsed Time | Training Accuracy | Validation Accuracy |',
      '+-----------+--------------+-------------------+---------------------+',
      '| 0         | 0.046093     | 0.912621          | 0.888889            |',
      '| 1         | 0.138478     | 0.944175          | 0.888889            |',
      '+-----------+--------------+-------------------+---------------------+',
    ],
    points: {
      'Training Accuracy': [
        [0, 0.912621],
        [1, 0.944175],
      ],
      'Validation Accuracy': [
        [0, 0.888889],
        [1, 0.888889],
      ],
    },
  },
  {
    program: 'parts of the data set apart by bars',
    source: 'many home-made loops',
    lines: [
      'Epoch 1 | Train: loss 0.50 acc 0.80 | Val: loss 0.60 acc 0.70',
      'Epoch 2 | Train: loss 0.40 acc 0.82 | Val: loss 0.55 acc 0.72',
    ],
    points: {
      loss: [
        [1, 0.5],
        [2, 0.4],
      ],
      acc: [
        [1, 0.8],
        [2, 0.82],
      ],
      'val/loss': [
        [1, 0.6],
        [2, 0.55],
      ],
      'val/acc': [
        [1, 0.7],
        [2, 0.72],
      ],
    },
  },
  {
    program: 'parts of the data set apart by colons',
    source: 'many home-made loops',
    lines: ['Epoch [1/10] Train: Loss=0.5000, Acc=0.8000; Val: Loss=0.6000, Acc=0.7000'],
    points: {
      Loss: [[1, 0.5]],
      Acc: [[1, 0.8]],
      'val/Loss': [[1, 0.6]],
      'val/Acc': [[1, 0.7]],
    },
  },
  {
    program: 'parts of the data set apart by dashes',
    source: 'many home-made loops',
    lines: ['Epoch 1 - Train - Loss: 0.5, Acc: 0.8 - Validation - Loss: 0.6, Acc: 0.7'],
    points: {
      Loss: [[1, 0.5]],
      Acc: [[1, 0.8]],
      'validation/Loss': [[1, 0.6]],
      'validation/Acc': [[1, 0.7]],
    },
  },
  {
    program: 'the validation on a line of its own',
    source: 'many home-made loops',
    lines: [
      'Epoch 1/10, Loss: 0.5000',
      'Validation Loss: 0.6000, Accuracy: 80.00%',
      'Epoch 2/10, Loss: 0.4000',
      'Validation Loss: 0.5500, Accuracy: 81.00%',
    ],
    points: {
      Loss: [
        [1, 0.5],
        [2, 0.4],
      ],
      'validation/Loss': [
        [1, 0.6],
        [2, 0.55],
      ],
      'validation/Accuracy': [
        [1, 80],
        [2, 81],
      ],
    },
  },
  {
    program: 'values before and after an arrow',
    source: 'many home-made loops',
    lines: ['Epoch 1: loss: 2.31 -> 2.12', 'step 5 loss 2.31 -> 2.12 lr 0.1'],
    points: {
      loss: [
        [1, 2.12],
        [5, 2.12],
      ],
      lr: [[5, 0.1]],
    },
  },
  {
    program: `dictionaries with NumPy's and PyTorch's scalars`,
    source: 'many home-made loops',
    lines: [`Epoch 3: {'loss': np.float64(0.5), 'acc': array(0.9)}`, `step 10 {'loss': tensor(0.5), 'acc': 0.9}`],
    points: {
      loss: [
        [3, 0.5],
        [10, 0.5],
      ],
      acc: [
        [3, 0.9],
        [10, 0.9],
      ],
    },
  },
  {
    program: 'Ray, lines of several workers',
    source: 'ray-project/ray: _private/ray_logging',
    lines: [
      '(RayTrainWorker pid=1234) epoch: 1, loss: 2.5 [repeated 3x across cluster]',
      '(pid=1234) epoch: 2, loss: 2.4',
      '(train_fn pid=1234) epoch: 3, loss: 2.3',
    ],
    points: {
      loss: [
        [1, 2.5],
        [2, 2.4],
        [3, 2.3],
      ],
    },
  },
  {
    program: 'containerd',
    source: 'kubernetes: CRI logging format',
    lines: [
      '2024-05-01T10:00:00.123456789Z stdout F step 10 loss 2.5',
      '2024-05-01T10:00:01.123456789Z stdout F step 20 loss 2.4',
    ],
    points: {
      loss: [
        [10, 2.5],
        [20, 2.4],
      ],
    },
  },
  {
    program: `Docker's json-file driver`,
    source: 'moby: jsonfilelog',
    lines: [
      '{"log":"step 10 loss 2.5\\n","stream":"stdout","time":"2024-05-01T10:00:00.123456789Z"}',
      '{"log":"step 20 loss 2.4\\n","stream":"stdout","time":"2024-05-01T10:00:01.123456789Z"}',
    ],
    points: {
      loss: [
        [10, 2.5],
        [20, 2.4],
      ],
    },
  },
  {
    program: 'Keras under GitHub Actions',
    source: 'actions/runner',
    lines: [
      '2024-05-01T10:00:00.1234567Z ##[group]Run python train.py',
      '2024-05-01T10:00:00.1234567Z Epoch 1/3',
      '2024-05-01T10:00:01.1234567Z 100/100 - 2s - 20ms/step - loss: 0.5 - accuracy: 0.8',
      '2024-05-01T10:00:01.1234567Z Epoch 2/3',
      '2024-05-01T10:00:02.1234567Z 100/100 - 2s - 20ms/step - loss: 0.4 - accuracy: 0.9',
    ],
    points: {
      loss: [
        [1, 0.5],
        [2, 0.4],
      ],
      accuracy: [
        [1, 0.8],
        [2, 0.9],
      ],
    },
    total: 3,
  },
  {
    program: 'gh run view --log',
    source: 'cli/cli',
    lines: [
      'train\tRun training\t2024-05-01T10:00:00.1234567Z step 10 loss 2.5',
      'train\tRun training\t2024-05-01T10:00:01.1234567Z step 20 loss 2.4',
    ],
    points: {
      loss: [
        [10, 2.5],
        [20, 2.4],
      ],
    },
  },
  {
    program: 'docker compose',
    source: 'docker/compose',
    lines: ['trainer-1  | step 10 loss 2.5', 'trainer-1  | step 20 loss 2.4'],
    points: {
      loss: [
        [10, 2.5],
        [20, 2.4],
      ],
    },
  },
  {
    program: 'journald',
    source: 'systemd: journalctl, short format',
    lines: [
      'May 01 10:00:00 host python[1234]: step 10 loss 2.5',
      'May 01 10:00:01 host python[1234]: step 20 loss 2.4',
    ],
    points: {
      loss: [
        [10, 2.5],
        [20, 2.4],
      ],
    },
  },
  {
    program: 'nanoGPT under kubectl logs --timestamps',
    source: 'kubernetes/kubectl',
    lines: [
      '2024-05-01T10:00:00.123Z iter 0: loss 10.9779, time 87476.85ms, mfu -100.00%',
      '2024-05-01T10:00:01.123Z iter 10: loss 9.9779, time 874.85ms, mfu 10.00%',
    ],
    points: {
      loss: [
        [0, 10.9779],
        [10, 9.9779],
      ],
      mfu: [
        [0, -100],
        [10, 10],
      ],
    },
  },
  {
    program: 'transformers under kubectl logs --timestamps',
    source: 'kubernetes/kubectl',
    lines: [
      `2024-05-01T10:00:00.123Z {'loss': 2.5, 'grad_norm': 1.5, 'learning_rate': 5e-05, 'epoch': 0.1}`,
      `2024-05-01T10:00:01.123Z {'loss': 2.4, 'grad_norm': 1.4, 'learning_rate': 4e-05, 'epoch': 0.2}`,
    ],
    points: {
      loss: [
        [0.1, 2.5],
        [0.2, 2.4],
      ],
      learning_rate: [
        [0.1, 0.00005],
        [0.2, 0.00004],
      ],
    },
  },
  {
    program: 'a table with single blanks',
    source: 'many home-made loops',
    lines: ['Epoch Loss Acc', '1 0.5 0.8', '2 0.4 0.85'],
    points: {
      Loss: [
        [1, 0.5],
        [2, 0.4],
      ],
      Acc: [
        [1, 0.8],
        [2, 0.85],
      ],
    },
  },
  {
    program: 'comma-separated rows within a log',
    source: 'many home-made loops',
    lines: ['Starting', 'epoch,train_loss,val_loss', '1,0.5,0.6', '2,0.4,0.55', 'Done'],
    points: {
      train_loss: [
        [1, 0.5],
        [2, 0.4],
      ],
      val_loss: [
        [1, 0.6],
        [2, 0.55],
      ],
    },
  },
  {
    program: 'a share of the run before the place',
    source: 'many home-made loops',
    lines: ['[ 10%] step 100 loss: 2.5', 'Step: 200 (20%) - Loss: 2.4'],
    points: {
      loss: [[100, 2.5]],
      Loss: [[200, 2.4]],
    },
  },
  {
    program: `Stable-Baselines3's EvalCallback`,
    source: 'DLR-RM/stable-baselines3: common/callbacks.py',
    lines: [
      'Eval num_timesteps=10000, episode_reward=-150.20 +/- 30.10',
      'Episode length: 200.00 +/- 0.00',
      'New best mean reward!',
      'Eval num_timesteps=20000, episode_reward=-120.20 +/- 20.10',
      'Episode length: 190.00 +/- 0.00',
    ],
    points: {
      'eval/episode_reward': [
        [10000, -150.2],
        [20000, -120.2],
      ],
    },
  },
  {
    program: 'rl_games',
    source: 'Denys88/rl_games: common/a2c_common.py',
    lines: [
      'fps step: 65231 fps step and policy inference: 61222 fps total: 50211 epoch: 10/500 frames: 327680',
      '=> saving next best rewards:  [12.5]',
      'fps step: 65231 fps step and policy inference: 61222 fps total: 50211 epoch: 11/500 frames: 360448',
      'saving next best rewards:  [13.5]',
    ],
    points: {
      'fps total': [
        [10, 50211],
        [11, 50211],
      ],
      'best reward': [
        [10, 12.5],
        [11, 13.5],
      ],
    },
    total: 500,
  },
  {
    program: 'a number before a dictionary',
    source: 'google/brax: notebooks/training.ipynb',
    lines: [`0 {'eval/episode_reward': 12.5, 'eval/walltime': 3.0}`],
    points: {
      'eval/episode_reward': [[0, 12.5]],
    },
  },
  {
    program: 'nanotron with its ranks',
    source: 'huggingface/nanotron: logging',
    lines: [
      '05/01/2024 10:00:00 [INFO|DP=0|PP=0|TP=0|node-1]: iteration: 10 / 1000 | consumed_tokens: 1.05M | elapsed_time_per_iteration_ms: 512 | tokens_per_sec: 204K | tokens_per_sec_per_gpu: 25.6K | global_batch_size: 128 | lm_loss: 8.12 | lr: 0.0001 | model_tflops_per_gpu: 120 | hardware_tflops_per_gpu: 120 | grad_norm: 3.2',
    ],
    points: {
      lm_loss: [[10, 8.12]],
      grad_norm: [[10, 3.2]],
      consumed_tokens: [[10, 1050000]],
    },
    total: 1000,
  },
  {
    program: 'slime',
    source: 'THUDM/slime#1837, #1527',
    lines: [
      `(RolloutManager pid=18) [2026-04-15 07:57:53] rollout.py:1193 - rollout 0: {'rollout/response_len/mean': 2773.7, 'rollout/raw_reward': 0.25}`,
      `(MegatronTrainRayActor pid=18) [2026-04-15 07:58:53] model.py:500 - step 0: {'train/loss': 0.5, 'train/grad_norm': 0.125}`,
    ],
    points: {
      'rollout/raw_reward': [[0, 0.25]],
      'train/loss': [[0, 0.5]],
      'train/grad_norm': [[0, 0.125]],
    },
  },
  {
    program: 'prime-rl',
    source: 'PrimeIntellect-ai/prime-rl#999',
    lines: [
      '02:40:52 SUCCESS Step 0 | Time: 5.13s | Loss: 12.2500 | Grad. Norm: 28.2032 | LR: 1.00e-06 | Throughput: 0 tokens/s | MFU: 0.0% | Peak Mem.: 5.1/23.7 GiB (21.4%) | Max Vio: 1.0000',
      '02:40:53 SUCCESS Step 1 | Time: 0.60s | Loss: 12.3125 | Grad. Norm: 28.4812 | LR: 1.00e-06 | Throughput: 3324 tokens/s | MFU: 1.0% | Peak Mem.: 5.2/23.7 GiB (22.1%) | Max Vio: 0.9891',
    ],
    points: {
      Loss: [
        [0, 12.25],
        [1, 12.3125],
      ],
      'Grad. Norm': [
        [0, 28.2032],
        [1, 28.4812],
      ],
      LR: [
        [0, 0.000001],
        [1, 0.000001],
      ],
      Throughput: [
        [0, 0],
        [1, 3324],
      ],
    },
  },
  {
    program: 'Flair with its development set',
    source: 'flairNLP/flair: trainers',
    lines: [
      '2024-05-01 10:00:00,123 epoch 1 - iter 10/100 - loss 2.50000000 - time (sec): 1.23 - samples/sec: 100.12 - lr: 0.100000 - momentum: 0.000000',
      '2024-05-01 10:00:10,123 EPOCH 1 done: loss 2.1234 - lr: 0.100000',
      '2024-05-01 10:00:11,123 DEV : loss 1.5 - f1-score (micro avg)  0.8',
    ],
    points: {
      loss: [
        [10, 2.5],
        [100, 2.1234],
      ],
      'dev/loss': [[100, 1.5]],
    },
  },
  {
    program: 'OpenNMT-tf',
    source: 'OpenNMT/OpenNMT-tf: training.py',
    lines: [
      'INFO:tensorflow:Step = 100 ; steps/s = 1.23, tokens/s = 1234 (1234 target) ; Learning rate = 0.000012 ; Loss = 7.123456',
      'INFO:tensorflow:Evaluation result for step 5000: loss: 2.345678 ; perplexity: 10.44',
    ],
    points: {
      Loss: [[100, 7.123456]],
      'Learning rate': [[100, 0.000012]],
      'evaluation/loss': [[5000, 2.345678]],
    },
  },
  {
    program: 'Tensor2Tensor',
    source: 'tensorflow/tensor2tensor',
    lines: [
      'INFO:tensorflow:loss = 7.123, step = 100 (12.345 sec)',
      'INFO:tensorflow:Saving dict for global step 1000: global_step = 1000, loss = 5.123, metrics-x/targets/accuracy = 0.2',
    ],
    points: {
      loss: [
        [100, 7.123],
        [1000, 5.123],
      ],
      'metrics-x/targets/accuracy': [[1000, 0.2]],
    },
  },
  {
    program: 'JoeyNMT',
    source: 'joeynmt/joeynmt: training.py',
    lines: [
      '2024-05-01 10:00:00,123 - INFO - joeynmt.training - Epoch   1, Step:      100, Batch Loss:     5.123456, Batch Acc: 0.123, Tokens per Sec:     1234, Lr: 0.000300',
      '2024-05-01 10:00:00,123 - INFO - joeynmt.prediction - Evaluation result (greedy): bleu:  12.34, loss:   2.34, ppl:  10.38',
    ],
    points: {
      'Batch Loss': [[100, 5.123456]],
      Lr: [[100, 0.0003]],
      'evaluation/bleu': [[100, 12.34]],
      'evaluation/loss': [[100, 2.34]],
    },
  },
  {
    program: 'fairseq2',
    source: 'facebookresearch/fairseq2',
    lines: [
      '[10:00:00] 05/01/24 - fairseq2.recipes.trainer - Train Metrics (step 100) - Loss: 2.5 | Gradient Norm: 1.2 | Elapsed Time: 12s | Learning Rate: 1e-05',
    ],
    points: {
      Loss: [[100, 2.5]],
      'Gradient Norm': [[100, 1.2]],
      'Learning Rate': [[100, 0.00001]],
    },
  },
  {
    program: 'ESPnet at the end of an epoch',
    source: 'espnet/espnet: espnet2/train/reporter.py',
    lines: [
      '[host] 2024-05-01 10:00:00,123 (trainer:357) INFO: 1epoch results: [train] iter_time=1.2e-04, loss=92.5, acc=0.3, time=12 minutes, total_count=1000, [valid] loss=80.5, acc=0.4, time=30 seconds, total_count=50',
    ],
    points: {
      'train/loss': [[1, 92.5]],
      'train/acc': [[1, 0.3]],
      'valid/loss': [[1, 80.5]],
      'valid/acc': [[1, 0.4]],
    },
  },
  {
    program: `PaddlePaddle's Model.fit`,
    source: 'PaddlePaddle/Paddle: python/paddle/hapi/callbacks.py',
    lines: [
      'Epoch 1/10',
      'step 10/938 - loss: 0.5123 - acc: 0.8512 - 12ms/step',
      'step 20/938 - loss: 0.4123 - acc: 0.8612 - 12ms/step',
      'step 938/938 - loss: 0.1 - acc: 0.95 - 12ms/step',
      'Eval begin...',
      'step 157/157 - loss: 0.09 - acc: 0.97 - 5ms/step',
      'Eval samples: 10000',
      'Epoch 2/10',
      'step 10/938 - loss: 0.2123 - acc: 0.9512 - 12ms/step',
      'step 938/938 - loss: 0.1 - acc: 0.95 - 12ms/step',
    ],
    points: {
      loss: [
        [10, 0.5123],
        [20, 0.4123],
        [938, 0.1],
        [948, 0.2123],
        [1876, 0.1],
      ],
      acc: [
        [10, 0.8512],
        [20, 0.8612],
        [938, 0.95],
        [948, 0.9512],
        [1876, 0.95],
      ],
      'eval/loss': [[938, 0.09]],
      'eval/acc': [[938, 0.97]],
    },
  },
  {
    program: 'CLU under absl',
    source: 'google/CommonLoopUtils: logging_writer.py',
    lines: ['I0214 12:00:00.000000 140 train_utils.py:300] [100] train/loss=2.5, train/accuracy=0.1'],
    points: {
      'train/loss': [[100, 2.5]],
      'train/accuracy': [[100, 0.1]],
    },
  },
  {
    program: 'PyTorch Ignite',
    source: 'pytorch/ignite: examples/mnist',
    lines: [
      'Training Results - Epoch: 1  Avg accuracy: 0.90 Avg loss: 0.35',
      'Validation Results - Epoch: 1  Avg accuracy: 0.91 Avg loss: 0.32',
      'Training Results - Epoch: 2  Avg accuracy: 0.93 Avg loss: 0.25',
      'Validation Results - Epoch: 2  Avg accuracy: 0.94 Avg loss: 0.22',
    ],
    points: {
      'Avg accuracy': [
        [1, 0.9],
        [2, 0.93],
      ],
      'Avg loss': [
        [1, 0.35],
        [2, 0.25],
      ],
      'validation/Avg accuracy': [
        [1, 0.91],
        [2, 0.94],
      ],
      'validation/Avg loss': [
        [1, 0.32],
        [2, 0.22],
      ],
    },
  },
  {
    program: 'PyTorch Ignite, newer',
    source: 'pytorch-ignite/examples#2',
    lines: [
      'Training Results - Epoch[1] Avg accuracy: 0.90 Avg loss: 0.35',
      'Validation Results - Epoch[1] Avg accuracy: 0.91 Avg loss: 0.32',
    ],
    points: {
      'Avg loss': [[1, 0.35]],
      'validation/Avg loss': [[1, 0.32]],
    },
  },
  {
    program: 'Catalyst',
    source: 'catalyst-team/catalyst: callbacks/logging',
    lines: [
      '1/10 * Epoch (train): accuracy01: 0.8 | loss: 0.5 | lr: 0.001',
      '1/10 * Epoch (valid): accuracy01: 0.9 | loss: 0.4 | lr: 0.001',
      '2/10 * Epoch (train): accuracy01: 0.85 | loss: 0.45 | lr: 0.001',
      '2/10 * Epoch (valid): accuracy01: 0.91 | loss: 0.39 | lr: 0.001',
    ],
    points: {
      loss: [
        [1, 0.5],
        [2, 0.45],
      ],
      'valid/loss': [
        [1, 0.4],
        [2, 0.39],
      ],
      'valid/accuracy01': [
        [1, 0.9],
        [2, 0.91],
      ],
    },
    total: 10,
  },
  {
    program: 'Poutyne',
    source: 'GRAAL-Research/poutyne',
    lines: [
      'Epoch:  1/5 Train steps: 1563 Val steps: 313 3.21s loss: 1.5 acc: 45.2 val_loss: 1.3 val_acc: 53.1',
      'Epoch:  2/5 Train steps: 1563 Val steps: 313 3.21s loss: 1.2 acc: 55.2 val_loss: 1.2 val_acc: 56.1',
    ],
    points: {
      loss: [
        [1, 1.5],
        [2, 1.2],
      ],
      acc: [
        [1, 45.2],
        [2, 55.2],
      ],
      val_loss: [
        [1, 1.3],
        [2, 1.2],
      ],
      val_acc: [
        [1, 53.1],
        [2, 56.1],
      ],
    },
  },
  {
    program: 'NGBoost',
    source: 'stanfordmlgroup/ngboost: ngboost.py',
    lines: [
      '[iter 0] loss=1.5234 val_loss=0.0000 scale=1.0000 norm=1.2345',
      '[iter 100] loss=1.2234 val_loss=0.0000 scale=2.0000 norm=1.0345',
    ],
    points: {
      loss: [
        [0, 1.5234],
        [100, 1.2234],
      ],
      scale: [
        [0, 1],
        [100, 2],
      ],
    },
  },
  {
    program: 'bars of training and validation in turns',
    source: 'tqdm, many home-made loops',
    lines: [
      'Epoch 1/2: 100%|██████████| 100/100 [00:10<00:00, 10.0it/s, loss=0.5]',
      'Validating: 100%|██████████| 10/10 [00:01<00:00, 10.0it/s, loss=0.6, acc=0.8]',
      'Epoch 2/2: 100%|██████████| 100/100 [00:10<00:00, 10.0it/s, loss=0.4]',
      'Validating: 100%|██████████| 10/10 [00:01<00:00, 10.0it/s, loss=0.5, acc=0.85]',
    ],
    points: {
      loss: [
        [100, 0.5],
        [200, 0.4],
      ],
      'validation/loss': [
        [100, 0.6],
        [200, 0.5],
      ],
      'validation/acc': [
        [100, 0.8],
        [200, 0.85],
      ],
    },
  },
  {
    program: 'bars with the epoch and the part in their label',
    source: 'tqdm, many home-made loops',
    lines: [
      'Epoch 1 [train]: 100%|██████████| 100/100 [00:10<00:00, 10.0it/s, loss=0.5]',
      'Epoch 1 [val]: 100%|██████████| 10/10 [00:01<00:00, 10.0it/s, loss=0.6]',
      'Epoch 2 [train]: 100%|██████████| 100/100 [00:10<00:00, 10.0it/s, loss=0.4]',
      'Epoch 2 [val]: 100%|██████████| 10/10 [00:01<00:00, 10.0it/s, loss=0.55]',
    ],
    points: {
      loss: [
        [100, 0.5],
        [200, 0.4],
      ],
      'val/loss': [
        [100, 0.6],
        [200, 0.55],
      ],
    },
  },
  {
    program: 'a line of each epoch below its bar',
    source: 'tqdm, many home-made loops',
    lines: [
      '100%|██████████| 100/100 [00:10<00:00, 10.0it/s]',
      'Epoch 1: train_loss=0.5 val_loss=0.6',
      '100%|██████████| 100/100 [00:10<00:00, 10.0it/s]',
      'Epoch 2: train_loss=0.4 val_loss=0.55',
    ],
    points: {
      train_loss: [
        [1, 0.5],
        [2, 0.4],
      ],
      val_loss: [
        [1, 0.6],
        [2, 0.55],
      ],
    },
  },
  {
    program: 'PyTorch tutorials',
    source: 'yunjey/pytorch-tutorial',
    lines: [
      'Epoch [1/5], Step [100/600], Loss: 2.2',
      'Epoch [1/5], Step [200/600], Loss: 2.1',
      'Epoch [2/5], Step [100/600], Loss: 1.1',
      'Accuracy of the network on the 10000 test images: 82.86 %',
    ],
    points: {
      Loss: [
        [100, 2.2],
        [200, 2.1],
        [700, 1.1],
      ],
      'test/accuracy': [[700, 82.86]],
    },
  },
  {
    program: 'DCGAN example',
    source: 'pytorch/examples: dcgan/main.py',
    lines: [
      '[0/5][0/1583]\tLoss_D: 1.9\tLoss_G: 5.8\tD(x): 0.5\tD(G(z)): 0.6 / 0.004',
      '[0/5][50/1583]\tLoss_D: 0.5\tLoss_G: 10.8\tD(x): 0.9\tD(G(z)): 0.2 / 0.000',
      '[1/5][0/1583]\tLoss_D: 0.4\tLoss_G: 3.8\tD(x): 0.9\tD(G(z)): 0.2 / 0.000',
    ],
    points: {
      Loss_D: [
        [0, 1.9],
        [50, 0.5],
        [1583, 0.4],
      ],
      Loss_G: [
        [0, 5.8],
        [50, 10.8],
        [1583, 3.8],
      ],
    },
  },
  {
    program: 'GANs with each pair in brackets',
    source: 'eriklindernoren/PyTorch-GAN',
    lines: [
      '[Epoch 0/200] [Batch 10/938] [D loss: 0.692] [G loss: 0.701]',
      '[Epoch 0/200] [Batch 11/938] [D loss: 0.690] [G loss: 0.702]',
      '[Epoch 1/200] [Batch 10/938] [D loss: 0.590] [G loss: 0.802]',
    ],
    points: {
      'D loss': [
        [10, 0.692],
        [11, 0.69],
        [948, 0.59],
      ],
      'G loss': [
        [10, 0.701],
        [11, 0.702],
        [948, 0.802],
      ],
    },
  },
  {
    program: 'Informer and its family',
    source: 'zhouhaoyi/Informer2020: exp/exp_informer.py',
    lines: [
      '\titers: 100, epoch: 1 | loss: 0.5',
      '\tspeed: 0.1s/iter; left time: 100.1s',
      'Epoch: 1 cost time: 12.3',
      'Epoch: 1, Steps: 268 | Train Loss: 0.5 Vali Loss: 0.6 Test Loss: 0.7',
      'Validation loss decreased (inf --> 0.600000).  Saving model ...',
      'Updating learning rate to 0.0001',
      '\titers: 100, epoch: 2 | loss: 0.4',
      'Epoch: 2, Steps: 268 | Train Loss: 0.45 Vali Loss: 0.55 Test Loss: 0.65',
    ],
    points: {
      loss: [
        [100, 0.5],
        [368, 0.4],
      ],
      'Train Loss': [
        [268, 0.5],
        [536, 0.45],
      ],
      'Vali Loss': [
        [268, 0.6],
        [536, 0.55],
      ],
    },
  },
  {
    program: '3D Gaussian splatting',
    source: 'graphdeco-inria/gaussian-splatting: train.py',
    lines: [
      'Training progress:   1%|          | 300/30000 [00:05<08:15, 59.9it/s, Loss=0.12]',
      '[ITER 7000] Evaluating test: L1 0.05 PSNR 25.1',
      '[ITER 7000] Evaluating train: L1 0.04 PSNR 27.1',
    ],
    points: {
      Loss: [[300, 0.12]],
      'test/PSNR': [[7000, 25.1]],
      PSNR: [[7000, 27.1]],
    },
    total: 30000,
  },
  {
    program: 'Lingvo',
    source: 'tensorflow/lingvo: trainer.py',
    lines: [
      'I0214 12:00:00.000000 140 trainer.py:500] step:   100, steps/sec: 1.23, examples/sec: 100.1 loss:7.1 log_pplx:7.1',
    ],
    points: {
      loss: [[100, 7.1]],
      log_pplx: [[100, 7.1]],
    },
  },
  {
    program: 'Flashlight',
    source: 'flashlight/wav2letter#logs',
    lines: [
      'epoch:        1 | nupdates:         1000 | lr: 0.400000 | lrcriterion: 0.000000 | runtime: 00:10:00 | bch(ms): 600.00 | loss:   12.5 | train-TER: 50.0 | dev-loss: 10.1 | dev-TER: 40.1',
    ],
    points: {
      loss: [[1000, 12.5]],
      'train-TER': [[1000, 50]],
      'dev-loss': [[1000, 10.1]],
    },
  },
  {
    program: 'Swin Transformer',
    source: 'microsoft/Swin-Transformer: main.py',
    lines: [
      '[2024-05-01 10:00:00 swin] (main.py 150): INFO Train: [0/300][10/1251]\teta 0:10:00 lr 0.000001\t wd 0.0500\ttime 0.5 (0.6)\tloss 6.9 (6.95)\tgrad_norm 1.2 (1.3)\tloss_scale 65536.0 (65536.0)\tmem 7000MB',
      '[2024-05-01 10:10:00 swin] (main.py 250): INFO  * Acc@1 10.123 Acc@5 30.123',
    ],
    points: {
      lr: [[10, 0.000001]],
      loss: [[10, 6.9]],
      grad_norm: [[10, 1.2]],
    },
  },
  {
    program: 'episodes, abbreviated',
    source: 'many home-made loops',
    lines: ['Ep: 100 | Reward: 12.5 | Avg: 10.1', 'Ep: 200 | Reward: 22.5 | Avg: 20.1'],
    points: {
      Reward: [
        [100, 12.5],
        [200, 22.5],
      ],
    },
  },
  {
    program: 'an epoch told in sentences',
    source: 'many home-made loops',
    lines: [
      'Epoch 1/10 completed in 12.3s. Train loss: 0.5. Val loss: 0.6.',
      'Epoch 2/10 completed in 12.3s. Train loss: 0.4. Val loss: 0.55.',
    ],
    points: {
      'Train loss': [
        [1, 0.5],
        [2, 0.4],
      ],
      'Val loss': [
        [1, 0.6],
        [2, 0.55],
      ],
    },
  },
  {
    program: 'signs before the epoch',
    source: 'many home-made loops',
    lines: ['✅ Epoch 1/10 | Loss: 0.5 | Acc: 80%', '📊 Epoch 2/10 | Loss: 0.4 | Acc: 85%'],
    points: {
      Loss: [
        [1, 0.5],
        [2, 0.4],
      ],
      Acc: [
        [1, 80],
        [2, 85],
      ],
    },
  },
  {
    program: 'pygcn',
    source: 'tkipf/pygcn: train.py',
    lines: [
      'Epoch: 0001 loss_train: 1.9 acc_train: 0.1 loss_val: 1.8 acc_val: 0.2 time: 0.1s',
      'Epoch: 0002 loss_train: 1.8 acc_train: 0.2 loss_val: 1.7 acc_val: 0.3 time: 0.1s',
    ],
    points: {
      loss_train: [
        [1, 1.9],
        [2, 1.8],
      ],
      acc_val: [
        [1, 0.2],
        [2, 0.3],
      ],
    },
  },
  {
    program: 'PyTorch/XLA',
    source: 'pytorch/xla#4112',
    lines: [
      'Epoch 1 train begin 21:35:02',
      '| Training Device=xla:0/2 Epoch=1 Step=0 Loss=2.30627 Rate=2269.54 GlobalRate=2269.16 Time=21:35:07',
      '| Training Device=xla:0/2 Epoch=1 Step=20 Loss=0.5 Rate=798.11 GlobalRate=981.24 Time=21:35:09',
      'Epoch 1 train end 21:35:10',
      'Epoch 1 test end 21:35:12, Accuracy=98.50',
      '| Training Device=xla:0/2 Epoch=2 Step=0 Loss=0.25 Rate=798.11 GlobalRate=981.24 Time=21:35:19',
    ],
    points: {
      Loss: [
        [0, 2.30627],
        [20, 0.5],
        [40, 0.25],
      ],
      Rate: [
        [0, 2269.54],
        [20, 798.11],
        [40, 798.11],
      ],
    },
  },
  {
    program: 'an epoch and two losses',
    source: 'MattRosenLab/AUTOMAP#4',
    lines: [
      'Epoch 81, Loss: 0.00012964176130481064, ValLoss: 0.00010864507203223184',
      'Epoch 82, Loss: 0.00012866318866144866, ValLoss: 0.00010831371764652431',
    ],
    points: {
      Loss: [
        [81, 0.00012964176130481064],
        [82, 0.00012866318866144866],
      ],
      ValLoss: [
        [81, 0.00010864507203223184],
        [82, 0.00010831371764652431],
      ],
    },
  },
  {
    program: 'names and numbers parted by tabs',
    source: 'hongzimao/deeprm#10',
    lines: [
      '-----------------',
      'Iteration: \t 0',
      'NumTrajs: \t 200',
      'Loss:     \t 0.125',
      'MaxRew: \t -199.5',
      'MeanRew: \t -257.5 +- 63.2',
      'MeanEntropy \t 2.5',
      'Elapsed time\t 106.06723022460938 seconds',
      '-----------------',
      'Iteration: \t 1',
      'Loss:     \t 0.25',
      'MeanRew: \t -256.5 +- 63.2',
    ],
    points: {
      Loss: [
        [0, 0.125],
        [1, 0.25],
      ],
      MeanRew: [
        [0, -257.5],
        [1, -256.5],
      ],
    },
  },
  {
    program: 'PyTracking',
    source: 'byminji/SLTtrack#5',
    lines: [
      '[train: 1, 50 / 125] FPS: 19.3 (29.0)  ,  Loss/total: 0.50  ,  Loss/bbox: 0.03715  ,  IoU: 0.88',
      '[train: 1, 100 / 125] FPS: 19.6 (27.7)  ,  Loss/total: 0.45  ,  Loss/bbox: 0.03780  ,  IoU: 0.89',
      '[val: 1, 50 / 50] FPS: 19.6 (27.7)  ,  Loss/total: 0.55  ,  Loss/bbox: 0.03780  ,  IoU: 0.85',
      '[train: 2, 50 / 125] FPS: 19.3 (29.0)  ,  Loss/total: 0.40  ,  Loss/bbox: 0.03715  ,  IoU: 0.9',
    ],
    points: {
      'Loss/total': [
        [50, 0.5],
        [100, 0.45],
        [175, 0.4],
      ],
      IoU: [
        [50, 0.88],
        [100, 0.89],
        [175, 0.9],
      ],
      'val/Loss/total': [[125, 0.55]],
    },
  },
  {
    program: 'PaddleNLP',
    source: 'PaddlePaddle/PaddleNLP#4084',
    lines: [
      '[2022-12-12 14:43:15,152] [    INFO] - global step 290, epoch: 37, loss: 0.00445, speed: 1.79 step/s',
      '[2022-12-12 14:43:20,422] [    INFO] - global step 300, epoch: 38, loss: 0.00439, speed: 1.90 step/s',
      '[2022-12-12 14:43:21,570] [    INFO] - Evaluation precision: 0.5, recall: 0.25, F1: 0.33',
    ],
    points: {
      loss: [
        [290, 0.00445],
        [300, 0.00439],
      ],
      'evaluation/F1': [[300, 0.33]],
    },
  },
  {
    program: 'PyTorch Ignite, by iterations',
    source: 'WillBrennan/SemanticSegmentation#28',
    lines: [
      'INFO:root:epoch[1] - iteration[500/685] loss: 0.145',
      'INFO:root:epoch[2] - iteration[500/685] loss: 0.125',
    ],
    points: {
      loss: [
        [500, 0.145],
        [1185, 0.125],
      ],
    },
  },
  {
    program: 'a logger with bars between its parts',
    source: 'pytorch/ignite#219',
    lines: [
      '2018-07-27 12:40:12,092|Cifar10 Playground: Train|INFO| Epoch 1: train loss 0.5, acc 0.8, val loss 0.6, acc 0.7',
    ],
    points: {
      'train loss': [[1, 0.5]],
      acc: [[1, 0.8]],
      'val loss': [[1, 0.6]],
      'val/acc': [[1, 0.7]],
    },
  },
];
