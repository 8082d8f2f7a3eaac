/** Lines as a program prints them, and the points that a person would read off them. */
export interface PrintedCase {
  readonly program: string;
  /** Where such output can be seen: a thread (`owner/repo#number`) or the line of source that prints it. */
  readonly source: string;
  readonly lines: readonly string[];
  /** `[step, value]` by tag; tags that are not named are not looked at. */
  readonly points: Readonly<Record<string, readonly (readonly [step: number, value: number])[]>>;
  /** No other tags are read. */
  readonly only?: true;
  readonly total?: number;
}

const BAR = '██████████';
const NL = '\r';

/**
 * The shapes stand as the programs print them: names, order, blanks and punctuation. The numbers are our own, short
 * enough to be checked by eye.
 */
export const PRINTED_CASES: readonly PrintedCase[] = [
  {
    program: 'CleanRL',
    source: 'vwxyzjn/cleanrl#290',
    lines: ['global_step=25, episodic_return=[25.]', 'SPS: 1207', 'global_step=61, episodic_return=[36.]'],
    points: {
      episodic_return: [
        [25, 25],
        [61, 36],
      ],
    },
  },
  {
    program: 'rsl_rl',
    source: 'isaac-sim/IsaacLab#5084, #2539',
    lines: [
      '#'.repeat(80),
      '                     \u001b[1m Learning iteration 66/30000 \u001b[0m                     ',
      '',
      '                       Computation: 21816 steps/s (collection: 4.171s, learning 0.335s)',
      '             Mean action noise std: 1.40',
      '          Mean value_function loss: 6356390.1750',
      '               Mean surrogate loss: -0.0013',
      '                       Mean reward: -4.08',
      '   Episode_Reward/joint_torques_l2: -0.1424',
      '-'.repeat(80),
      '                   Total timesteps: 6586368',
      '                    Iteration time: 4.51s',
      '                               ETA: 00:00:09',
      '',
      '#'.repeat(80),
      '                      Learning iteration 67/30000                      ',
      '',
      '                       Mean reward: -3.5',
      '-'.repeat(80),
    ],
    points: {
      'Mean surrogate loss': [[66, -0.0013]],
      'Mean value_function loss': [[66, 6356390.175]],
      'Mean reward': [
        [66, -4.08],
        [67, -3.5],
      ],
      'Episode_Reward/joint_torques_l2': [[66, -0.1424]],
    },
    total: 30000,
  },
  {
    program: 'kohya sd-scripts',
    source: 'kohya-ss/sd-scripts#2137',
    lines: [
      `steps:   1%|▋         | 41/3280 [00:50<1:06:54,  1.24s/it, avr_loss=nan]${NL}steps:   1%|▋         | 42/3280 [00:51<1:06:50,  1.24s/it, avr_loss=0.125]`,
      'epoch 2/80',
      `${NL}steps:   3%|▋         | 82/3280 [01:40<1:05:00,  1.22s/it, avr_loss=0.5]`,
    ],
    points: {
      avr_loss: [
        [41, NaN],
        [42, 0.125],
        [82, 0.5],
      ],
    },
    total: 3280,
  },
  {
    program: 'Ultralytics YOLO',
    source: 'ultralytics/ultralytics#7653, #19571',
    lines: [
      '      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size',
      `    70/1000      6.73G        1.5     0.4906        1.1         10        640:  50%|█████     | 8/16 [00:02<00:02,  2.78it/s]${NL}    70/1000      6.73G      1.081     0.4706      1.084         10        640: 100%|${BAR}| 16/16 [00:05<00:00,  2.78it/s]`,
      `                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100%|${BAR}| 8/8 [00:03<00:00,  2.17it/s]`,
      '                   all        722       1444      0.989       0.99      0.993      0.681',
      '',
      '      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size',
      `    71/1000      6.73G      1.038     0.4686      1.064         12        640: 100%|${BAR}| 16/16 [00:05<00:00,  2.72it/s]`,
    ],
    points: {
      box_loss: [
        [70, 1.081],
        [71, 1.038],
      ],
      dfl_loss: [
        [70, 1.084],
        [71, 1.064],
      ],
      'val/mAP50-95': [[70, 0.681]],
    },
    total: 1000,
  },
  {
    program: 'YOLOv5',
    source: 'ultralytics/yolov5#1485',
    lines: [
      '     Epoch   gpu_mem       box       obj       cls     total   targets  img_size',
      `     5/249    0.868G   0.06393   0.01588  0.009617   0.08943        36       640: 100%|█| 211/211 [00:48<00:00,  4.3it/s]`,
      `               Class      Images     Targets           P           R      mAP@.5  mAP@.5:.95: 100%|█| 71/71 [00:10<00:00,  7.1it/s]`,
      '                 all         281    1.55e+03        0.23       0.328       0.203      0.0525',
    ],
    points: { total: [[5, 0.08943]], 'val/mAP@.5': [[5, 0.203]] },
  },
  {
    program: 'YOLOX',
    source: 'Megvii-BaseDetection/YOLOX#830',
    lines: [
      '2021-10-18 20:51:36 | INFO     | yolox.core.trainer:246 - epoch: 8/40, iter: 1340/1816, mem: 34235Mb, iter_time: 1.270s, data_time: 0.548s, total_loss: 98.0, iou_loss: 4.6, l1_loss: 0.0, conf_loss: 92.7, cls_loss: 0.7, lr: 9.417e-03, size: 640, ETA: 1 day, 0:02:28',
    ],
    points: { total_loss: [[14052, 98]], lr: [[14052, 9.417e-3]], iter_time: [[14052, 1.27]] },
  },
  {
    program: 'XGBoost',
    source: 'dmlc/xgboost#744, davechallis/rust-xgboost#24',
    lines: [
      '[0]\ttrain-error:0.2926\teval-error:0.2972',
      '[12:04:31] WARNING: ../src/learner.cc:1061: Parameters: { silent } might not be used.',
      '[1]\ttrain-error:0.2838\teval-error:0.2904',
      '[2]     test-auc:0.904338       train-auc:0.934706',
    ],
    points: {
      'eval-error': [
        [0, 0.2972],
        [1, 0.2904],
      ],
      'train-auc': [[2, 0.934706]],
    },
  },
  {
    program: 'LightGBM',
    source: 'lightgbm-org/LightGBM#742, #1296',
    lines: [
      "[1]\ttraining's binary_logloss: 0.7126\tvalid_1's binary_logloss: 0.7125",
      "Training until validation scores don't improve for 5 rounds",
      "[2]     valid_0's l2: 0.128616  valid_0's auc: 0.538306 valid_0's binary_logloss: 0.436842",
    ],
    points: {
      "training's binary_logloss": [[1, 0.7126]],
      "valid_1's binary_logloss": [[1, 0.7125]],
      "valid_0's l2": [[2, 0.128616]],
    },
  },
  {
    program: 'LightGBM on the command line',
    source: 'lightgbm-org/LightGBM#886',
    lines: [
      '[LightGBM] [Info] Iteration:17, valid_1 binary_logloss : 0.200724',
      '[LightGBM] [Info] 77.308802 seconds elapsed, finished iteration 17',
    ],
    points: { 'valid_1 binary_logloss': [[17, 0.200724]] },
  },
  {
    program: 'CatBoost',
    source: 'catboost: catboost/libs/logging/profile_info.cpp',
    lines: [
      'Learning rate set to 0.03',
      '0:\tlearn: 0.6845\ttest: 0.6851\tbest: 0.6851 (0)\ttotal: 60.2ms\tremaining: 1m',
      '100:\tlearn: 0.4102\ttest: 0.4477\tbest: 0.4477 (99)\ttotal: 1.2s\tremaining: 10.6s',
    ],
    points: {
      learn: [
        [0, 0.6845],
        [100, 0.4102],
      ],
      test: [
        [0, 0.6851],
        [100, 0.4477],
      ],
    },
  },
  {
    program: 'MosaicML Composer',
    source: 'mosaicml/composer#2357, composer/loggers/console_logger.py',
    lines: [
      '[batch=1/4800]:',
      '\t Train time/batch: 0',
      '\t Train loss/train/total: 11.6525',
      '\t Train metrics/train/LanguageCrossEntropy: 11.6525',
      '[batch=2/4800]:',
      '\t Train time/batch: 1',
      '\t Train loss/train/total: 11.5',
      '[Eval batch=1/10] Eval on eval data',
      '[batch=2/4800]:',
      '\t Eval metrics/eval/LanguageCrossEntropy: 11.25',
    ],
    points: {
      'loss/train/total': [
        [1, 11.6525],
        [2, 11.5],
      ],
      'metrics/eval/LanguageCrossEntropy': [[2, 11.25]],
    },
    total: 4800,
  },
  {
    program: 'earlier Composer',
    source: 'mosaicml/composer: composer/loggers/console_logger.py, log_to_console()',
    lines: ['[epoch=0][batch=9/100]: loss/train/total: 2.5000', '[epoch=1][batch=9/100]: loss/train/total: 1.5000'],
    points: {
      'loss/train/total': [
        [9, 2.5],
        [109, 1.5],
      ],
    },
  },
  {
    program: 'torchtune',
    source: 'meta-pytorch/torchtune: recipes/full_finetune_single_device.py',
    lines: [
      `1|10|Loss: 1.875:   0%|          | 10/2000 [00:05<17:01,  1.95it/s]${NL}1|11|Loss: 1.75:   1%|          | 11/2000 [00:06<17:01,  1.95it/s]`,
    ],
    points: {
      Loss: [
        [10, 1.875],
        [11, 1.75],
      ],
    },
  },
  {
    program: "torchtune's StdoutLogger",
    source: 'meta-pytorch/torchtune#2274',
    lines: ['Step 3 | loss:1.25 lr:2e-05 tokens_per_second_per_gpu:812.5 '],
    points: { loss: [[3, 1.25]], lr: [[3, 2e-5]] },
  },
  {
    program: 'DeepSpeed-Chat',
    source: 'deepspeedai/DeepSpeedExamples#444',
    lines: [
      '|E2E latency=2.12s |Gather latency=0.00s (0.00%) |Generate time=1.59s (75.13%) |Training time=0.42s (19.78%) |Others=0.11 (5.09%)|CurSamplesPerSec=1.89 |AvgSamplesPerSec=1.95',
      'epoch: 0|step: 3183|ppo_ep: 1|act_loss: 30.921875|cri_loss: 30.515625|unsuper_loss: 0.0',
      'average reward score: -7.80859375',
      '-'.repeat(85),
      'epoch: 0|step: 3184|ppo_ep: 1|act_loss: inf|cri_loss: inf|unsuper_loss: 0.0',
      'average reward score: -6.359375',
      'Epoch: 0 | Step: 3185 | PPO Epoch: 1 | Actor Loss: 2.5 | Critic Loss: 1.5 | Unsupervised Loss: 0.0',
    ],
    points: {
      act_loss: [
        [3183, 30.921875],
        [3184, Infinity],
      ],
      'average reward score': [
        [3183, -7.80859375],
        [3184, -6.359375],
      ],
      'Actor Loss': [[3185, 2.5]],
    },
  },
  {
    program: 'NeMo with a bar',
    source: 'NVIDIA/NeMo-Framework-Launcher#55',
    lines: [
      'Epoch 0:   1%|          | 795/77225 [9:07:58<878:01:48, 41.36s/it, loss=3.1, v_num=, reduced_train_loss=3.090, global_step=794.0, consumed_samples=1.63e+6]',
    ],
    points: { reduced_train_loss: [[794, 3.09]], consumed_samples: [[794, 1.63e6]] },
  },
  {
    program: 'NeMo 2',
    source: 'NVIDIA-BioNeMo/bionemo-recipes#740, NVIDIA-NeMo/Speech#10128',
    lines: [
      'Training epoch 0, iteration 120/149 | lr: 3e-05 | consumed_samples: 121 | global_batch_size: 1 | global_step: 120 | reduced_train_loss: 1.233 | train_step_timing in s: 0.03146 | val_loss: 4.106',
      'Training epoch 1, iteration 0/149 | lr: 3e-05 | consumed_samples: 151 | global_batch_size: 1 | global_step: 150 | reduced_train_loss: 1.2 | train_step_timing in s: 0.03146 | val_loss: 4.106',
    ],
    points: {
      reduced_train_loss: [
        [120, 1.233],
        [150, 1.2],
      ],
    },
  },
  {
    program: 'char-rnn',
    source: 'sherjilozair/char-rnn-tensorflow#138',
    lines: [
      '67/446 (epoch 0), train_loss = 2.911, time/batch = 0.151',
      '68/446 (epoch 0), train_loss = 2.75, time/batch = 0.156',
    ],
    points: {
      train_loss: [
        [67, 2.911],
        [68, 2.75],
      ],
    },
    total: 446,
  },
  {
    program: 'TensorFlow-Slim',
    source: 'tensorflow/models#2980',
    lines: [
      'INFO:tensorflow:global step 4: loss = 64.2655 (16.926 sec/step)',
      'INFO:tensorflow:global_step/sec: 0.0339',
    ],
    points: { loss: [[4, 64.2655]] },
  },
  {
    program: 'TensorFlow Estimator',
    source: 'tensorflow: basic_session_run_hooks.py, LoggingTensorHook',
    lines: [
      'INFO:tensorflow:loss = 2.3125, step = 1',
      'INFO:tensorflow:loss = 0.5, step = 101 (1.245 sec)',
      'I0912 11:40:27.956218 139735407601536 basic_session_run_hooks.py:260] loss = 0.25, step = 201 (1.1 sec)',
    ],
    points: {
      loss: [
        [1, 2.3125],
        [101, 0.5],
        [201, 0.25],
      ],
    },
  },
  {
    program: "TensorFlow's object detection",
    source: 'armaanpriyadarshan/Training-a-Custom-TensorFlow-2.X-Object-Detector#6',
    lines: [
      'INFO:tensorflow:Step 200 per-step time 0.831s loss=1.192',
      'INFO:tensorflow:Step 300 per-step time 0.844s loss=1.346',
    ],
    points: {
      loss: [
        [200, 1.192],
        [300, 1.346],
      ],
    },
  },
  {
    program: 'litgpt',
    source: 'Lightning-AI/litgpt#1110, #689, #1042',
    lines: [
      'Epoch 4 | iter 961 step 961 | loss train: 1.062, val: n/a | iter time: 529.46 ms (step)',
      'Epoch 4 | iter 962 step 962 | loss train: 0.937, val: 1.057 | iter time: 503.53 ms (step)',
    ],
    points: {
      'loss train': [
        [961, 1.062],
        [962, 0.937],
      ],
    },
  },
  {
    program: 'lit-gpt',
    source: 'Lightning-AI/litgpt#689, #1042',
    lines: [
      'iter 76 step 38: loss 10.8259, iter time: 197.87ms',
      'iter 77 step 39: loss 10.75, iter time: 214.40ms (optimizer.step)',
      'iter 4800: val loss 1.7258, val time: 3778.02 ms',
    ],
    points: {
      loss: [
        [76, 10.8259],
        [77, 10.75],
      ],
      'val loss': [[4800, 1.7258]],
    },
  },
  {
    program: 'early fairseq',
    source: 'facebookresearch/fairseq#301',
    lines: [
      '| epoch 001  1000 / 8223 loss=1.27 (1.50), wps=962, wpb=908, bsz=32, lr=0.001, clip=100%, gnorm=2.1427',
      '| epoch 001 | train loss 1.44 | train ppl 2.72 | s/checkpoint    7747 | words/s    961 | words/batch    906 | bsz    32 | lr 0.001000 | clip 100% | gnorm 2.1113',
      "| epoch 001 | valid on 'valid' subset | valid loss 1.94 | valid ppl 3.83",
      '| epoch 002  1000 / 8223 loss=1.25 (1.38), wps=963, wpb=908, bsz=32, lr=0.001, clip=100%, gnorm=2.0860',
    ],
    points: {
      loss: [
        [1000, 1.27],
        [9223, 1.25],
      ],
      'train loss': [[8223, 1.44]],
      'valid loss': [[8223, 1.94]],
    },
  },
  {
    program: 'icefall (k2)',
    source: 'k2-fsa/icefall#320, k2-fsa/ZipVoice#146',
    lines: [
      '2022-04-21 06:21:16,518 INFO [train.py:518] Epoch 0, batch 500, loss[ctc_loss=0.7647, att_loss=0.7367, loss=0.7423, over 2223 frames.], tot_loss[ctc_loss=1.098, att_loss=1.086, loss=1.088, over 438207.72270125535 frames.], batch size: 8',
      '2022-04-21 06:24:05,162 INFO [train.py:518] Epoch 0, batch 550, loss[ctc_loss=1.043, att_loss=0.9977, loss=1.007, over 2480 frames.], tot_loss[ctc_loss=1.099, att_loss=1.079, loss=1.083, over 447367.3462596891 frames.], batch size: 24',
      '2022-04-21 06:30:00,000 INFO [train.py:559] Epoch 0, validation: ctc_loss=0.5, att_loss=0.25, loss=0.375, over 18000.00 frames.',
    ],
    points: {
      loss: [
        [500, 0.7423],
        [550, 1.007],
      ],
      'tot_loss/loss': [
        [500, 1.088],
        [550, 1.083],
      ],
      'validation/loss': [[550, 0.375]],
    },
  },
  {
    program: 'Ray Tune',
    source: 'airboxlab/rllib-energyplus#1, ray-project/ray#33150',
    lines: [
      '+-------------------------------+----------+---------------------+--------+------------------+--------+----------+',
      '| Trial name                    | status   | loc                 |   iter |   total time (s) |     ts |   reward |',
      '|-------------------------------+----------+---------------------+--------+------------------+--------+----------|',
      '| PPO_CartPole-v1_9f072_00000   | RUNNING  | 192.168.1.20:579218 |    118 |          336.243 | 120832 | -55148.4 |',
      '+-------------------------------+----------+---------------------+--------+------------------+--------+----------+',
    ],
    points: { reward: [[118, -55148.4]] },
  },
  {
    program: 'PaddleSeg',
    source: 'PaddlePaddle/PaddleSeg#928',
    lines: [
      '2021-03-30 06:55:57 [INFO]\t[TRAIN] epoch: 1, iter: 20/500, loss: 2.0859, lr: 0.009657, batch_cost: 0.5344, reader_cost: 0.07273, ips: 3.7425 samples/sec | ETA 00:04:16',
      '2021-03-30 06:56:04 [INFO]\t[TRAIN] epoch: 2, iter: 40/500, loss: 1.8769, lr: 0.009295, batch_cost: 0.3483, reader_cost: 0.00205, ips: 5.7421 samples/sec | ETA 00:02:40',
    ],
    points: {
      loss: [
        [20, 2.0859],
        [40, 1.8769],
      ],
    },
  },
  {
    program: 'PaddleDetection',
    source: 'PaddlePaddle/PaddleDetection#2800, PaddlePaddle/PaddleX#2884',
    lines: [
      '[04/28 17:21:56] ppdet.engine INFO: Epoch: [21] [120/141] learning_rate: 0.000770 loss_xy: 2.849720 loss_wh: 1.324514 loss: 14.034956 eta: 1:32:21 batch_cost: 0.1700 data_cost: 0.0012 ips: 5.8828 images/s',
      '[04/28 17:22:00] ppdet.engine.callbacks INFO: Epoch: [22] [  0/141] learning_rate: 0.000775 loss_xy: 3.105111 loss_wh: 1.848665 loss: 15.118809 eta: 67 days, 10:28:48 batch_cost: 0.1690 data_cost: 0.0025 ips: 5.9185 images/s, max_mem_reserved: 42653 MB, max_mem_allocated: 31490 MB',
    ],
    points: {
      loss: [
        [20 * 141 + 120, 14.034956],
        [21 * 141, 15.118809],
      ],
      batch_cost: [
        [20 * 141 + 120, 0.17],
        [21 * 141, 0.169],
      ],
    },
  },
  {
    program: 'PaddleOCR',
    source: 'PaddlePaddle/PaddleOCR#13159, Topdu/OpenOCR#9',
    lines: [
      '[2024/06/22 06:28:25] ppocr INFO: epoch: [4/500], global_step: 172, lr: 0.000100, loss: 1.5, loss_cbn: 0.000000, avg_reader_cost: 0.04024 s, avg_batch_cost: 0.05132 s, avg_samples: 0.9, ips: 17.53771 samples/s, eta: 2:48:41, max_mem_reserved: 6177 MB, max_mem_allocated: 5281 MB',
      '[2024/06/22 06:28:26] ppocr INFO: save model in ./output/det_ppocr_v3_Train_v2/latest',
      '[2025/09/24 12:13:19] ppocr INFO: epoch: [5/500], global_step: 180, lr: 0.005000, loss: 0.609742, avg_samples: 16.0, ips: 7.86095 samples/s, eta: 2 days, 20:01:28, max_mem_reserved: 11326 MB',
    ],
    points: {
      loss: [
        [172, 1.5],
        [180, 0.609742],
      ],
    },
  },
  {
    program: 'PaddleClas',
    source: 'PaddlePaddle/PaddleClas#369, PaddlePaddle/models#4882',
    lines: [
      '2020-11-04 17:25:52 INFO: epoch:0  , train step:50  , loss: 6.92608, top1: 0.00000, top5: 0.00000, lr: 0.100000, batch_cost: 0.28419 s, reader_cost: 0.00056 s, ips: 225.20036 images/sec.',
    ],
    points: { loss: [[50, 6.92608]] },
  },
  {
    program: 'Coqui TTS',
    source: 'coqui-ai/TTS#2070, #3637',
    lines: [
      '',
      '   --> TIME: 2024-03-18 13:31:34 -- STEP: 25/496 -- GLOBAL_STEP: 370050',
      '     | > loss: 3.6332433223724365  (3.534811576207479)',
      "     | > grad_norm: tensor(10.7261, device='cuda:0')  (tensor(9.5, device='cuda:0'))",
      '     | > current_lr: 2.5e-07 ',
      '     | > step_time: 0.9393  (0.9392588138580322)',
      '',
      '   --> STEP: 49/496 -- GLOBAL_STEP: 370075',
      '      | > loss: 2.40120  (2.51074)',
    ],
    points: {
      loss: [
        [370050, 3.6332433223724365],
        [370075, 2.4012],
      ],
      grad_norm: [[370050, 10.7261]],
      current_lr: [[370050, 2.5e-7]],
    },
  },
  {
    program: 'MaxText',
    source: 'AI-Hypercomputer/maxtext#2232, #4847',
    lines: [
      'I0811 21:54:55.531340 138304841739136 metric_logger.py:226] completed step: 1, seconds: 0.631, TFLOP/s/device: 5688.282, Tokens/s/device: 311629.521, total_weights: 1572864, loss: 12.979, lm_loss: 12.979, perplexity: 433358.281',
      'completed step: 9, seconds: 5.667, TFLOP/s/device: 134.924, Tokens/s/device: 8672.758, total_weights: 196608, loss: 10.374',
    ],
    points: {
      loss: [
        [1, 12.979],
        [9, 10.374],
      ],
      'Tokens/s/device': [
        [1, 311629.521],
        [9, 8672.758],
      ],
    },
  },
  {
    program: 'OpenCLIP',
    source: 'mertyg/vision-language-models-are-bows#27',
    lines: [
      '2023-06-29,15:44:40 | INFO | Train Epoch: 0 [    64/109468 (0%)] Loss: 1.0672 (1.067) Data (t): 14.173 Batch (t): 18.240, 1.75441/s LR: 0.000000 Logit Scale: 100.000 - V4',
      '2023-06-29,15:45:36 | INFO | Train Epoch: 0 [  6464/109468 (3%)] Loss: 0.97884 (1.023) Data (t): 0.158 Batch (t): 0.559, 36.0876/s LR: 0.000001 Logit Scale: 99.995 - V4',
    ],
    points: {
      Loss: [
        [64, 1.0672],
        [6464, 0.97884],
      ],
      'Logit Scale': [
        [64, 100],
        [6464, 99.995],
      ],
    },
  },
  {
    program: 'RETURNN under torchrun',
    source: 'rwth-i6/i6_core#658',
    lines: [
      '[default0]:ep 55 train, step 1347, ce 0.324, ctc_4 1.006, grad_norm:p2 3.388, num_seqs 27, max_size:time 291200, mem_usage:cuda:0 67.8GB, 0.855 sec/step, elapsed 0:16:59, exp. remaining 0:03:45, complete 81.92%',
      '[default3]:ep 55 train, step 1347, ce 0.355, ctc_4 1.038, grad_norm:p2 3.388, num_seqs 26, max_size:time 306560, mem_usage:cuda:3 66.8GB, 0.838 sec/step, elapsed 0:16:59, exp. remaining 0:04:53, complete 77.63%',
    ],
    points: { 'ce @0': [[1347, 0.324]], 'ce @3': [[1347, 0.355]] },
  },
  {
    program: 'RWKV-4 (minGPT)',
    source: 'BlinkDL/RWKV-LM#266',
    lines: [
      `miniE 1 s 833 prog 20.00% : ppl 5.406813 loss 1.687660 lr 3.330213e-04: 100%|${BAR}| 833/833 [03:21<00:00,  4.13it/s]`,
      `miniE 2 s 834 prog 20.02% : ppl 5.25 loss 1.625 lr 3.33e-04:   0%|          | 1/833 [00:01<03:17,  4.21it/s]${NL}miniE 2 s 1666 prog 40.00% : ppl 3.495054 loss 1.251349 lr 1.386290e-04: 100%|${BAR}| 833/833 [03:17<00:00,  4.21it/s]`,
    ],
    points: {
      loss: [
        [833, 1.68766],
        [834, 1.625],
        [1666, 1.251349],
      ],
    },
  },
  {
    program: 'RWKV-5 and later',
    source: 'BlinkDL/RWKV-LM: RWKV-v5/src/trainer.py',
    lines: [
      'Epoch 0:   0%|  | 10/40320 [00:05<5:40:11,  1.98it/s, loss=9.250, lr=6e-5, REAL it/s=1.980, Gtokens=0.000655, kt/s=64.90]',
    ],
    points: { loss: [[10, 9.25]], lr: [[10, 6e-5]], 'REAL it/s': [[10, 1.98]] },
  },
  {
    program: 'RVC (VITS)',
    source: 'RVC-Project/Retrieval-based-Voice-Conversion-WebUI#702',
    lines: [
      'INFO:Model:Train Epoch: 9 [20%]',
      'INFO:Model:[4200, 9.990004373906418e-05]',
      'INFO:Model:loss_disc=3.959, loss_gen=3.062, loss_fm=7.881,loss_mel=17.356, loss_kl=1.535',
      'INFO:Model:Train Epoch: 9 [50%]',
      'INFO:Model:[4400, 9.990004373906418e-05]',
      'INFO:Model:loss_disc=4.060, loss_gen=2.972, loss_fm=7.563,loss_mel=18.711, loss_kl=1.495',
      'INFO:Model:====> Epoch: 9 [2023-07-07 13:35:13] | (1:11:57.773330)',
    ],
    points: {
      loss_gen: [
        [4200, 3.062],
        [4400, 2.972],
      ],
      loss_mel: [
        [4200, 17.356],
        [4400, 18.711],
      ],
    },
  },
  {
    program: 'Lightning with a tqdm bar',
    source: 'Lightning-AI/pytorch-lightning#4225',
    lines: [
      `Epoch 0:  50%|█████     | 9/18 [00:40<00:40,  4.14s/it, loss=9.947, v_num=193315]${NL}Epoch 0: 100%|${BAR}| 18/18 [01:20<00:00,  4.14s/it, loss=9.850, v_num=193315]`,
      `Epoch 1:  50%|█████     | 9/18 [00:40<00:40,  4.14s/it, loss=9.5, v_num=193315]`,
    ],
    points: {
      loss: [
        [9, 9.947],
        [18, 9.85],
        [27, 9.5],
      ],
    },
  },
  {
    program: 'NVIDIA DLLogger',
    source: 'NVIDIA/DeepLearningExamples#1107',
    lines: [
      'DLL 2022-04-05 02:22:54.614486 - Training Epoch: 1 Training Iteration: 2872  step_loss : 0.6953772306442261  learning_rate : 1.5844598709048836e-05 ',
    ],
    points: { step_loss: [[2872, 0.6953772306442261]], learning_rate: [[2872, 1.5844598709048836e-5]] },
  },
  {
    program: 'Megatron-LLM',
    source: 'epfLLM/Megatron-LLM#11, NVIDIA/nccl#743',
    lines: [
      ' iteration       10/ 1000000 | consumed samples:           40 | elapsed time per iteration (ms): 356.2 | learning rate: 0.000E+00 | global batch size:     4 | loss scale: 8388608.0 | number of skipped iterations:  10 | number of nan iterations:   0 |',
      'time (ms) | forward-compute: 193.77 | backward-compute: 72.02 | backward-params-all-reduce: 20.10',
      ' iteration       20/ 1000000 | consumed samples:           80 | elapsed time per iteration (ms): 140.6 | learning rate: 2.020E-08 | global batch size:     4 | lm loss: 1.005022E+01 | sop loss: 8.174902E-01 | loss scale: 32768.0 | grad norm: 217.199 | number of skipped iterations:   2 | number of nan iterations:   0 |',
    ],
    points: { 'lm loss': [[20, 10.05022]], 'grad norm': [[20, 217.199]] },
    total: 1000000,
  },
  {
    program: 'GPT-NeoX',
    source: 'EleutherAI/gpt-neox: megatron/logging.py training_log()',
    lines: [
      ' samples/sec: 31.250 | iteration       10/  320000 | elapsed time per iteration (ms): 5120.1 | learning rate: 1.875E-06 | approx flops per GPU: 30.2TFLOPS | lm_loss: 1.0941406E+01 | loss scale: 4.294967E+09 | number of skipped iterations:   3 | number of nan iterations:   0 |',
    ],
    points: { lm_loss: [[10, 10.941406]], 'samples/sec': [[10, 31.25]] },
    total: 320000,
  },
  {
    program: 'speechbrain',
    source: 'speechbrain/speechbrain#149',
    lines: ['  3%|█▋         | 16/462 [00:08<03:44,  1.99it/s, loss=4.93]'],
    points: { loss: [[16, 4.93]] },
    total: 462,
  },
  {
    program: 'speechbrain, at the end of an epoch',
    source: 'speechbrain: utils/train_logger.py FileTrainLogger',
    lines: [
      'epoch: 1, lr: 1.00e+00 - train loss: 2.50 - valid loss: 1.75, valid CER: 20.16, valid WER: 45.5',
      'epoch: 2, lr: 1.00e+00 - train loss: 1.50 - valid loss: 1.25, valid CER: 10.5, valid WER: 25.5',
    ],
    points: {
      'train loss': [
        [1, 2.5],
        [2, 1.5],
      ],
      'valid loss': [
        [1, 1.75],
        [2, 1.25],
      ],
    },
  },
  {
    program: 'ESPnet',
    source: 'espnet: espnet2/train/reporter.py log_message()',
    lines: [
      '[gpu01] 2021-05-01 10:00:00,123 (trainer:672) INFO: 1epoch:train:1-500batch: iter_time=1.2e-04, forward_time=0.145, loss_ctc=120.5, loss_att=80.25, acc=0.125, loss=92.5, backward_time=0.3, optim_step_time=0.05, optim0_lr0=2.0e-06, train_time=0.8',
      '[gpu01] 2021-05-01 10:05:00,123 (trainer:672) INFO: 1epoch:train:501-1000batch: iter_time=1.2e-04, forward_time=0.145, loss_ctc=100.5, loss_att=70.25, acc=0.25, loss=80.5, backward_time=0.3, optim_step_time=0.05, optim0_lr0=4.0e-06, train_time=0.8',
    ],
    points: {
      loss: [
        [500, 92.5],
        [1000, 80.5],
      ],
      acc: [
        [500, 0.125],
        [1000, 0.25],
      ],
    },
  },
  {
    program: 'Flair',
    source: 'flair: flair/trainers/trainer.py',
    lines: [
      '2023-05-01 10:00:00,123 epoch 1 - iter 10/100 - loss 2.31250000 - time (sec): 1.25 - samples/sec: 512.50 - lr: 0.100000 - momentum: 0.000000',
      '2023-05-01 10:01:00,123 epoch 2 - iter 10/100 - loss 1.50000000 - time (sec): 1.25 - samples/sec: 512.50 - lr: 0.100000 - momentum: 0.000000',
    ],
    points: {
      loss: [
        [10, 2.3125],
        [110, 1.5],
      ],
      lr: [
        [10, 0.1],
        [110, 0.1],
      ],
    },
  },
  {
    program: 'OpenNMT-py',
    source: 'OpenNMT/OpenNMT-py: onmt/utils/statistics.py output()',
    lines: [
      '[2019-06-07 10:00:00,123 INFO] Step 50/100000; acc:   3.50; ppl: 8000.12; xent: 8.99; lr: 0.00001; 5000/5120 tok/s;     10 sec',
      '[2023-06-07 10:00:10,123 INFO] Step 100/100000; acc: 10.5; ppl: 1200.5; xent: 7.09; lr: 0.00002; sents:    6400; bsz: 1200/1100/32; 5000/5120 tok/s;     20 sec;',
    ],
    points: {
      ppl: [
        [50, 8000.12],
        [100, 1200.5],
      ],
      xent: [
        [50, 8.99],
        [100, 7.09],
      ],
    },
    total: 100000,
  },
  {
    program: 'Spinning Up',
    source: 'openai/spinningup: spinup/utils/logx.py dump_tabular()',
    lines: [
      '---------------------------------------',
      '|             Epoch |               0 |',
      '|      AverageEpRet |            21.5 |',
      '|          StdEpRet |            10.2 |',
      '| TotalEnvInteracts |           4e+03 |',
      '|            LossPi |        -0.00125 |',
      '|              Time |             2.5 |',
      '---------------------------------------',
      '---------------------------------------',
      '|             Epoch |               1 |',
      '|      AverageEpRet |            25.5 |',
      '| TotalEnvInteracts |           8e+03 |',
      '---------------------------------------',
    ],
    points: {
      AverageEpRet: [
        [4000, 21.5],
        [8000, 25.5],
      ],
      LossPi: [[4000, -0.00125]],
    },
  },
  {
    program: 'ML-Agents',
    source: 'Unity-Technologies/ml-agents: mlagents/trainers/stats.py ConsoleWriter',
    lines: [
      '[INFO] 3DBall. Step: 12000. Time Elapsed: 30.125 s. Mean Reward: 1.250. Std of Reward: 0.750. Training.',
      '[INFO] 3DBall. Step: 24000. Time Elapsed: 60.125 s. Mean Reward: 2.500. Std of Reward: 0.750. Training.',
    ],
    points: {
      'Mean Reward': [
        [12000, 1.25],
        [24000, 2.5],
      ],
    },
  },
  {
    program: 'Chainer',
    source: 'chainer/chainer: chainer/training/extensions/print_report.py',
    lines: [
      'epoch       main/loss   validation/main/loss  main/accuracy  validation/main/accuracy  elapsed_time',
      '\u001b[J1           0.192187    0.0953125             0.941875       0.9706                    8.50194       ',
      '\u001b[J2           0.07375     0.0829                0.976875       0.9742                    16.5           ',
    ],
    points: {
      'main/loss': [
        [1, 0.192187],
        [2, 0.07375],
      ],
      'validation/main/accuracy': [
        [1, 0.9706],
        [2, 0.9742],
      ],
    },
  },
  {
    program: 'Caffe',
    source: 'BVLC/caffe: src/caffe/solver.cpp',
    lines: [
      'I0412 13:37:12.123456  1234 solver.cpp:239] Iteration 20 (1.5 iter/s, 13.1s/20 iters), loss = 2.3125',
      'I0412 13:37:12.123456  1234 solver.cpp:258]     Train net output #0: loss = 2.3125 (* 1 = 2.3125 loss)',
      'I0412 13:37:12.123456  1234 sgd_solver.cpp:112] Iteration 20, lr = 0.01',
      'I0412 13:37:25.123456  1234 solver.cpp:228] Iteration 40, loss = 1.5',
      'I0412 13:37:25.123456  1234 solver.cpp:337] Iteration 40, Testing net (#0)',
      'I0412 13:37:26.123456  1234 solver.cpp:404]     Test net output #0: accuracy = 0.5',
      'I0412 13:37:26.123456  1234 solver.cpp:404]     Test net output #1: loss = 1.75 (* 1 = 1.75 loss)',
    ],
    points: {
      loss: [
        [20, 2.3125],
        [40, 1.5],
      ],
      'test/accuracy': [[40, 0.5]],
      'test/loss': [[40, 1.75]],
    },
  },
  {
    program: 'Darknet',
    source: 'AlexeyAB/darknet: src/detector.c',
    lines: [
      ' 1: 1534.25, 1534.25 avg loss, 0.000000 rate, 3.261234 seconds, 64 images, 10.5 hours left',
      ' 2: 1500.5, 1530.875 avg loss, 0.000000 rate, 3.261234 seconds, 128 images, 10.5 hours left',
    ],
    points: {
      'avg loss': [
        [1, 1534.25],
        [2, 1530.875],
      ],
    },
  },
  {
    program: 'MXNet',
    source: 'apache/mxnet: python/mxnet/callback.py Speedometer',
    lines: [
      'INFO:root:Epoch[0] Batch [20]\tSpeed: 1234.50 samples/sec\taccuracy=0.125',
      'INFO:root:Epoch[0] Batch [40]\tSpeed: 1234.50 samples/sec\taccuracy=0.25',
      'INFO:root:Epoch[0] Train-accuracy=0.5',
      'INFO:root:Epoch[0] Time cost=8.5',
      'INFO:root:Epoch[0] Validation-accuracy=0.75',
    ],
    points: {
      accuracy: [
        [20, 0.125],
        [40, 0.25],
      ],
      'Validation-accuracy': [[40, 0.75]],
    },
  },
  {
    program: "scikit-learn's MLPClassifier",
    source: 'scikit-learn: neural_network/_multilayer_perceptron.py',
    lines: ['Iteration 1, loss = 2.30251250', 'Iteration 2, loss = 1.25000000'],
    points: {
      loss: [
        [1, 2.3025125],
        [2, 1.25],
      ],
    },
  },
  {
    program: 'PyTorch Geometric examples',
    source: 'pyg-team/pytorch_geometric: torch_geometric/logging.py log()',
    lines: [
      'Epoch: 001, Loss: 1.9500, Train: 0.2571, Val: 0.1740, Test: 0.1920',
      'Epoch: 002, Loss: 1.5000, Train: 0.3071, Val: 0.2740, Test: 0.2920',
    ],
    points: {
      Loss: [
        [1, 1.95],
        [2, 1.5],
      ],
      Val: [
        [1, 0.174],
        [2, 0.274],
      ],
    },
  },
  {
    program: 'Accelerate examples',
    source: 'huggingface/accelerate: examples/nlp_example.py',
    lines: ["epoch 0: {'accuracy': 0.6875, 'f1': 0.8125}", "epoch 1: {'accuracy': 0.75, 'f1': 0.875}"],
    points: {
      accuracy: [
        [0, 0.6875],
        [1, 0.75],
      ],
    },
  },
  {
    program: 'transformers, examples without a Trainer',
    source: 'huggingface/transformers: run_clm_no_trainer.py',
    lines: ['05/01/2024 10:00:00 - INFO - __main__ - epoch 0: perplexity: 20.5 eval_loss: 3.0204'],
    points: { eval_loss: [[0, 3.0204]], perplexity: [[0, 20.5]] },
  },
  {
    program: 'nanochat',
    source: 'karpathy/nanochat: scripts/base_train.py',
    lines: [
      'Step 00000 | Validation bpb: 3.3125',
      'step 00010/21400 (0.05%) | loss: 9.125000 | grad norm: 1.2500 | lrm: 1.00 | dt: 1600.12ms | tok/sec: 327,680 | mfu: 20.10 | total time: 0.25m',
    ],
    points: {
      'Validation bpb': [[0, 3.3125]],
      loss: [[10, 9.125]],
      'tok/sec': [[10, 327680]],
    },
    total: 21400,
  },
  {
    program: 'llama2.c',
    source: 'karpathy/llama2.c: train.py',
    lines: [
      'step 0: train loss 10.4219, val loss 10.4200',
      '0 | loss 10.4235 | lr 0.000000e+00 | 15021.50ms | mfu -100.00%',
      '10 | loss 9.5000 | lr 5.000000e-06 | 1021.50ms | mfu 12.50%',
    ],
    points: {
      loss: [
        [0, 10.4235],
        [10, 9.5],
      ],
      lr: [
        [0, 0],
        [10, 5e-6],
      ],
      'val loss': [[0, 10.42]],
    },
  },
  {
    program: 'minGPT',
    source: 'karpathy/minGPT: projects/adder/adder.py',
    lines: ['iter_dt 85.25ms; iter 10: train loss 2.31250'],
    points: { 'train loss': [[10, 2.3125]] },
  },
  {
    program: 'llm.c, first versions',
    source: 'karpathy/llm.c: train_gpt2.c',
    lines: [
      'val loss 5.251911',
      'step 0: train loss 5.356189 (took 1452.121000 ms)',
      'step 1: train loss 4.301069 (took 1288.673000 ms)',
    ],
    points: {
      'train loss': [
        [0, 5.356189],
        [1, 4.301069],
      ],
    },
  },
  {
    program: 'nanotron',
    source: 'huggingface/nanotron: src/nanotron/logging/base.py',
    lines: [
      '[default0]:05/06/2024 10:00:00 [INFO|DP=0|PP=0|TP=0|ip-26-0-1]: iteration: 10 / 1000 | consumed_tokens: 1.05M | elapsed_time_per_iteration_ms: 540 | tokens_per_sec: 100K | tokens_per_sec_per_gpu: 12.5K | global_batch_size: 512 | lm_loss: 10.5 | lr: 1e-05 | model_tflops_per_gpu: 100 | grad_norm: 5.25',
    ],
    points: { 'lm_loss @0': [[10, 10.5]], 'consumed_tokens @0': [[10, 1.05e6]], 'tokens_per_sec @0': [[10, 1e5]] },
    total: 1000,
  },
  {
    program: 'ms-swift',
    source: 'modelscope/ms-swift: swift/trainers/mixin.py, add_train_message()',
    lines: [
      "{'loss': 2.125, 'token_acc': 0.5, 'grad_norm': 1.5, 'learning_rate': 1e-05, 'memory(GiB)': 10.25, 'train_speed(iter/s)': 0.5, 'epoch': 0.1, 'global_step/max_steps': '10/100', 'percentage': '10.00%', 'elapsed_time': '20s', 'remaining_time': '3m 0s'}",
      "{'eval_loss': 1.875, 'eval_token_acc': 0.625, 'eval_runtime': 1.5, 'epoch': 0.1, 'global_step/max_steps': '10/100', 'percentage': '10.00%', 'elapsed_time': '22s', 'remaining_time': '3m 0s'}",
    ],
    points: { loss: [[10, 2.125]], eval_loss: [[10, 1.875]] },
  },
  {
    program: 'SlowFast and pycls',
    source: 'facebookresearch/SlowFast: slowfast/utils/logging.py log_json_stats()',
    lines: [
      '[05/01 10:00:00][INFO] logging.py: 99: json_stats: {"_type": "train_iter", "dt": 0.51250, "epoch": "1/196", "eta": "1:02:03", "gpu_mem": "5.51G", "iter": "10/500", "loss": 6.12500, "lr": 0.01000}',
      '[05/01 10:09:00][INFO] logging.py: 99: json_stats: {"_type": "train_iter", "dt": 0.51250, "epoch": "1/196", "eta": "1:02:03", "gpu_mem": "5.51G", "iter": "500/500", "loss": 5.62500, "lr": 0.01000}',
      '[05/01 10:10:00][INFO] logging.py: 99: json_stats: {"_type": "train_iter", "dt": 0.51250, "epoch": "2/196", "eta": "1:02:03", "gpu_mem": "5.51G", "iter": "10/500", "loss": 5.12500, "lr": 0.01000}',
    ],
    points: {
      loss: [
        [10, 6.125],
        [500, 5.625],
        [510, 5.125],
      ],
    },
  },
  {
    program: 'InternLM',
    source: 'InternLM/InternLM: doc/usage.md',
    lines: [
      '2023-07-07 12:26:58,293\tINFO train.py:317 in record_current_batch_training_metrics -- tflops=63.25 step=0 loss=11.6875 tgs (tokens/gpu/second)=3095.25 lr=4.0e-07 loss_scale=65536.0 grad_norm=2.5',
    ],
    points: { loss: [[0, 11.6875]], grad_norm: [[0, 2.5]] },
  },
  {
    program: 'diffusers',
    source: 'huggingface/diffusers: examples/text_to_image/train_text_to_image.py',
    lines: ['Steps:  10%|█         | 100/1000 [01:40<15:00,  1.00it/s, lr=1e-5, step_loss=0.125]'],
    points: { step_loss: [[100, 0.125]], lr: [[100, 1e-5]] },
    total: 1000,
  },
  {
    program: 'ai-toolkit',
    source: 'ostris/ai-toolkit: jobs/process/BaseSDTrainProcess.py',
    lines: ['my_first_lora:   1%|          | 10/2000 [00:20<1:06:20,  2.00s/it, lr: 1.0e-04 loss: 4.250e-01]'],
    points: { loss: [[10, 0.425]], lr: [[10, 1e-4]] },
  },
  {
    program: 'AllenNLP',
    source: 'allenai/allennlp: allennlp/training/util.py description_from_metrics()',
    lines: [
      `accuracy: 0.5000, loss: 0.7500 ||:  50%|█████     | 50/100 [00:05<00:05,  9.85it/s]${NL}accuracy: 0.6250, loss: 0.5000 ||: 100%|${BAR}| 100/100 [00:10<00:00,  9.85it/s]`,
    ],
    points: {
      loss: [
        [50, 0.75],
        [100, 0.5],
      ],
    },
  },
  {
    program: 'levanter',
    source: 'tradingstrategy-ai/tqdm-loggable: README.md, marin-community/levanter',
    lines: [
      '2024-05-01 10:00:00,123 - tqdm_logging - INFO - tqdm_logging.py:145 - Progress on:train 10.0it/10.0kit rate:76.8s/it remaining:3:20:00 elapsed:00:12 postfix:loss=9.25',
      '2024-05-01 10:20:00,123 - tqdm_logging - INFO - tqdm_logging.py:145 - Progress on:train 1.01kit/10.0kit rate:1.2s/it remaining:3:00:00 elapsed:20:12 postfix:loss=5.125',
    ],
    points: {
      loss: [
        [10, 9.25],
        [1010, 5.125],
      ],
    },
    total: 10000,
  },
  {
    program: 'fastai',
    source: 'fastai/fastprogress: console table of a Learner',
    lines: [
      'epoch     train_loss  valid_loss  error_rate  time    ',
      '0         1.031250    0.312500    0.100474    00:21                                                         ',
      '1         0.531250    0.250000    0.081250    01:00:20                                                         ',
    ],
    points: {
      train_loss: [
        [0, 1.03125],
        [1, 0.53125],
      ],
      error_rate: [
        [0, 0.100474],
        [1, 0.08125],
      ],
    },
  },
  {
    program: 'spaCy',
    source: 'explosion/spaCy: spacy/training/loggers.py console_logger()',
    lines: [
      'E    #       LOSS TOK2VEC  LOSS NER  ENTS_F  ENTS_P  ENTS_R  SCORE ',
      '---  ------  ------------  --------  ------  ------  ------  ------',
      '  0       0          0.00     48.25    0.00    0.00    0.00    0.00',
      ' 10     200         12.50   1250.50   78.50   80.25   76.83    0.79',
    ],
    points: {
      'LOSS NER': [
        [0, 48.25],
        [200, 1250.5],
      ],
      SCORE: [
        [0, 0],
        [200, 0.79],
      ],
    },
  },
  {
    program: 'ChainerRL',
    source: 'chainer/chainerrl#126',
    lines: [
      'steps\tepisodes\telapsed\tmean\tmedian\tstdev\tmax\tmin\taverage_v\taverage_loss_policy',
      '50099\t52\t992.45\t-19.8\t-20.0\t0.91\t-18.0\t-21.0\t[-2.17921662]\t-0.0195257508921',
      '100524\t96\t2090.0\t-18.6\t-19.0\t1.64\t-16.0\t-21.0\t[-1.29867995]\t-0.120943714859',
    ],
    points: {
      mean: [
        [50099, -19.8],
        [100524, -18.6],
      ],
      average_v: [
        [50099, -2.17921662],
        [100524, -1.29867995],
      ],
    },
  },
  {
    program: 'a table padded for the eye',
    source: 'Kyakaka/DySPN#4',
    lines: [
      'Epoch ,FinishTime     ,LR    ,RMSE_Train ,RMSE_Val',
      '    0 ,04.29_01:45:54 ,0.001 , 1434.0919 ,1103.956',
      '    1 ,04.29_12:50:13 ,[0.001]    ,   635.966 , 810.576',
    ],
    points: {
      RMSE_Train: [
        [0, 1434.0919],
        [1, 635.966],
      ],
      LR: [
        [0, 0.001],
        [1, 0.001],
      ],
    },
  },
  {
    program: "reinforcement-learning tutorials' episodes",
    source: 'pytorch/examples: reinforcement_learning/reinforce.py',
    lines: [
      'Episode 10\tLast reward: 18.00\tAverage reward: 14.25',
      'Episode 20\tLast reward: 25.00\tAverage reward: 16.50',
    ],
    points: {
      'Average reward': [
        [10, 14.25],
        [20, 16.5],
      ],
    },
  },
  {
    program: 'episodes with a total',
    source: 'udacity/deep-reinforcement-learning: dqn/solution/Deep_Q_Network_Solution.ipynb',
    lines: [
      `${NL}Episode 99\tAverage Score: -180.25${NL}Episode 100\tAverage Score: -175.50`,
      'Episode: 101/500, Total reward: 12.0, Epsilon: 0.95',
    ],
    points: {
      'Average Score': [
        [99, -180.25],
        [100, -175.5],
      ],
      'Total reward': [[101, 12]],
    },
  },
  {
    program: 'Tianshou',
    source: 'thu-ml/tianshou: tianshou/trainer/base.py',
    lines: [
      'Epoch #1: 10001it [00:05, 1850.12it/s, env_step=10000, gradient_step=1000, len=150, loss=0.125, n/ep=1, n/st=10, rew=150.00]',
      'Epoch #1: test_reward: 175.500000 ± 12.5, best_reward: 175.500000 ± 12.5 in #1',
    ],
    points: { loss: [[10000, 0.125]], rew: [[10000, 150]], test_reward: [[10000, 175.5]] },
  },
  {
    program: 'slurm with labels',
    source: 'slurm.schedmd.com/srun.html, --label',
    lines: ['0: iter 10: loss 2.5000, time 100.12ms, mfu 10.00%', '1: iter 10: loss 2.2500, time 100.12ms, mfu 10.00%'],
    points: { 'loss @0': [[10, 2.5]], 'loss @1': [[10, 2.25]] },
  },
  {
    program: 'torchrun, ranks in turns',
    source: 'pytorch/pytorch#117383',
    lines: [
      '[rank1]:step 5 loss 2.25',
      '[rank0]: step 5 loss 2.5',
      '[rank1]:[2024-01-16 22:29:36,221] step 6 loss 2.0',
    ],
    points: {
      'loss @0': [[5, 2.5]],
      'loss @1': [
        [5, 2.25],
        [6, 2],
      ],
    },
  },
  {
    program: 'Ray workers',
    source: 'docs.ray.io: ray-observability/user-guides/configure-logging.html',
    lines: [
      '(TorchTrainWorker pid=1234, ip=10.0.0.5) step 5 loss 2.5',
      '(main_task pid=99) step 6 loss 2.0 [repeated 3x across cluster]',
    ],
    points: {
      loss: [
        [5, 2.5],
        [6, 2],
      ],
    },
  },
  {
    program: 'PyTorch transfer learning tutorial',
    source: 'pytorch/tutorials, beginner_source/transfer_learning_tutorial.py',
    lines: [
      'Epoch 0/24',
      '----------',
      'train Loss: 0.5000 Acc: 0.7500',
      'val Loss: 0.2500 Acc: 0.8750',
      '',
      'Epoch 1/24',
      '----------',
      'train Loss: 0.2500 Acc: 0.8750',
      'val Loss: 0.1250 Acc: 1.0000',
      '',
      'Training complete in 1m 7s',
      'Best val Acc: 1.000000',
    ],
    points: {
      Loss: [
        [0, 0.5],
        [1, 0.25],
      ],
      Acc: [
        [0, 0.75],
        [1, 0.875],
      ],
      'val/Loss': [
        [0, 0.25],
        [1, 0.125],
      ],
      'val/Acc': [
        [0, 0.875],
        [1, 1],
      ],
    },
  },
  {
    program: 'sequence models, epoch above its losses',
    source: 'bentrevett/pytorch-seq2seq',
    lines: [
      'Epoch: 01 | Time: 0m 12s',
      '\tTrain Loss: 5.000 | Train PPL: 148.413',
      '\t Val. Loss: 4.500 |  Val. PPL:  90.017',
      'Epoch: 02 | Time: 0m 12s',
      '\tTrain Loss: 4.250 | Train PPL:  70.105',
      '\t Val. Loss: 4.000 |  Val. PPL:  54.598',
    ],
    points: {
      Loss: [
        [1, 5],
        [2, 4.25],
      ],
      'val/Loss': [
        [1, 4.5],
        [2, 4],
      ],
      'val/PPL': [
        [1, 90.017],
        [2, 54.598],
      ],
    },
  },
  {
    program: 'PyTorch word language model',
    source: 'pytorch/examples, word_language_model/main.py',
    lines: [
      '| epoch   1 |   200/  400 batches | lr 20.00 | ms/batch 12.50 | loss  7.50 | ppl  1808.04',
      '| epoch   1 |   400/  400 batches | lr 20.00 | ms/batch 12.50 | loss  6.25 | ppl   518.01',
      '-----------------------------------------------------------------------------------------',
      '| end of epoch   1 | time:  6.41s | valid loss  5.75 | valid ppl   314.19',
      '-----------------------------------------------------------------------------------------',
      '| epoch   2 |   200/  400 batches | lr 20.00 | ms/batch 12.50 | loss  5.50 | ppl   244.69',
    ],
    points: {
      loss: [
        [200, 7.5],
        [400, 6.25],
        [600, 5.5],
      ],
      'valid loss': [[400, 5.75]],
      'time of the epoch': [[400, 6.41]],
    },
  },
  {
    program: 'a block under each iteration',
    source: 'scripts at large',
    lines: [
      'Iteration 100:',
      '  lr: 0.5',
      '  loss: 2.5',
      '  grad_norm: 1.25',
      'Saved.',
      'Iteration 200:',
      '  loss: 2.0',
    ],
    points: {
      loss: [
        [100, 2.5],
        [200, 2],
      ],
      grad_norm: [[100, 1.25]],
      lr: [[100, 0.5]],
    },
  },
  {
    program: 'pairs with blanks alone under each epoch',
    source: 'scripts at large',
    lines: [
      'Epoch 1/3',
      '  train_loss 1.91  val_loss 1.88',
      'Epoch 2/3',
      '  train_loss 1.52  val_loss 1.60',
      'Epoch 3/3',
      '  train_loss nan  val_loss nan',
    ],
    points: {
      train_loss: [
        [1, 1.91],
        [2, 1.52],
        [3, NaN],
      ],
      val_loss: [
        [1, 1.88],
        [2, 1.6],
        [3, NaN],
      ],
    },
  },
  {
    program: 'pprint and json.dumps with an indent',
    source: 'docs.python.org/3/library/pprint.html',
    lines: [
      "{'epoch': 1,",
      " 'loss': 2.5,",
      " 'lr': 0.5}",
      '{',
      '  "epoch": 2,',
      '  "loss": 2.25,',
      '  "lr": 0.5',
      '}',
    ],
    points: {
      loss: [
        [1, 2.5],
        [2, 2.25],
      ],
    },
  },
  {
    program: 'levels set apart by bars',
    source: 'docs.python.org/3/howto/logging.html; Delgan/loguru; go-logfmt',
    lines: [
      '2025-03-04 09:30:01 | INFO | step 10 | loss 2.5',
      'ts=2025-03-04T09:30:02Z level=info msg="train step" step=20 loss=2.25',
      '3/30 loss=2.0 acc=0.5',
    ],
    points: {
      loss: [
        [10, 2.5],
        [20, 2.25],
        [3, 2],
      ],
      O: [],
    },
  },
];
