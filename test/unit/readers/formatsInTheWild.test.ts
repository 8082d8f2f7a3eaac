import { describe, expect, it } from 'vitest';
import { recogniseFormat } from '../../../src/readers/formats.js';
import { bytesOf, headOf, readAll } from './recordingSink.js';

/** A shape of line as it stands in real logs, whole, with the file it was in, and what a person reads off it. */
interface Shape {
  readonly shape: string;
  readonly path: string;
  readonly text: string;
  readonly format: string;
  /** `tag step value`. */
  readonly points: readonly string[];
}

const SHAPES: readonly Shape[] = [
  {
    shape: 'modded-nanogpt',
    path: 'logs/3310d0b1.txt',
    text: 'step:125/6100 val_loss:5.6258 train_time:42355ms step_avg:368.30ms',
    format: 'modded-nanogpt',
    points: ['val_loss 125 5.6258', 'train_time 125 42355', 'step_avg 125 368.3'],
  },
  {
    shape: 'modded-nanogpt, later',
    path: 'logs/3310d0b1.txt',
    text: 'step 1000/1840 | time: 44,453ms | step avg: 44.45ms | val loss: 3.7742',
    format: 'modded-nanogpt',
    points: ['time 1000 44453', 'step avg 1000 44.45', 'val loss 1000 3.7742'],
  },
  {
    shape: 'SwitchBank',
    path: 'logs/a.txt',
    text: '[train step 0] avg_loss=10.956215 main=10.956215 aux=0.000000',
    format: 'modded-nanogpt',
    points: ['avg_loss 0 10.956215', 'main 0 10.956215', 'aux 0 0'],
  },
  {
    shape: 'llm.c',
    path: 'main.log',
    text: 's:0 trl:11.0091 lr:0.000001 norm:15.37',
    format: 'llm.c',
    points: ['trl 0 11.0091', 'lr 0 0.000001', 'norm 0 15.37'],
  },
  {
    shape: 'llm.c (validation)',
    path: 'main.log',
    text: 's:0 tel:10.968871',
    format: 'llm.c',
    points: ['tel 0 10.968871'],
  },
  {
    shape: 'nanoGPT',
    path: 'out.log',
    text: 'iter 0: loss 10.9779, time 87476.85ms, mfu -100.00%',
    format: 'nanogpt',
    points: ['loss 0 10.9779', 'time 0 87476.85', 'mfu 0 -100'],
  },
  {
    shape: 'nanoGPT (validation)',
    path: 'out.log',
    text: 'step 0: train loss 10.9890, val loss 10.9904',
    format: 'nanogpt',
    points: ['train loss 0 10.989', 'val loss 0 10.9904'],
  },
  {
    shape: 'Marian',
    path: 'train.log',
    text: '[2019-03-25 14:25:38] Ep. 1 : Up. 1 : Sen. 2,946 : Cost 10.99 : Time 311.53s : 75.65 words/s : L.r. 1.2500e-08',
    format: 'marian',
    points: ['Sen. 1 2946', 'Cost 1 10.99', 'Time 1 311.53', 'words/s 1 75.65', 'L.r. 1 1.25e-8'],
  },
  {
    shape: 'Marian (MPI)',
    path: 'train.log',
    text: '[2019-03-25 14:25:38] Ep. 1 : Up. 1 : Sen. 2,946 : Cost 10.876 * 1,517 @ 1,516 after 1,516 : Time 311.53s : 75.65 words/s : gNorm 4.9754 : L.r. 1.2500e-08',
    format: 'marian',
    points: ['Sen. 1 2946', 'Cost 1 10.876', 'Time 1 311.53', 'words/s 1 75.65', 'gNorm 1 4.9754', 'L.r. 1 1.25e-8'],
  },
  {
    shape: 'mmcv text',
    path: '20210313.log',
    text: '2021-03-13 19:47:05,123 - mmdet - INFO - Epoch [1][50/30045]\tlr: 9.890e-04, eta: 1 day, 17:48:40, time: 0.418, loss: 3.8746, grad_norm: 0.4171',
    format: 'openmmlab',
    points: ['lr 50 0.000989', 'time 50 0.418', 'loss 50 3.8746', 'grad_norm 50 0.4171'],
  },
  {
    shape: 'mmcv JSON',
    path: '20210313.log.json',
    text: '{"mode": "train", "epoch": 10, "iter": 550, "lr": 0.1, "loss": NaN, "grad_norm": NaN}',
    format: 'mmcv-json',
    points: ['lr 550 0.1', 'loss 550 NaN', 'grad_norm 550 NaN', 'epoch 550 10'],
  },
  {
    shape: 'detectron2',
    path: 'output/log.txt',
    text: '[11/16 02:58:32] d2.utils.events INFO:  eta: 3:30:43  iter: 19  total_loss: 156.1  lr: 1.9981e-05',
    format: 'detectron2',
    points: ['total_loss 19 156.1', 'lr 19 0.000019981'],
  },
  {
    shape: 'fairseq',
    path: 'train.log',
    text: '2020-12-10 12:21:56 | INFO | train_inner | {"loss": "16.464", "num_updates": "25", "gnorm": "4.464"}',
    format: 'fairseq',
    points: ['loss 25 16.464', 'gnorm 25 4.464'],
  },
  {
    shape: 'Megatron-LM',
    path: 'slurm.out',
    text: ' iteration       90/    1000 | consumed samples: 2880 | lm loss: 8.306568E+00 | loss scale: 16384.0 | grad norm: 6.069 |',
    format: 'megatron',
    points: ['consumed samples 90 2880', 'lm loss 90 8.306568', 'loss scale 90 16384', 'grad norm 90 6.069'],
  },
  {
    shape: 'Megatron golden',
    path: 'golden_values.json',
    text: '{"lm loss":{"start_step":1,"step_interval":5,"values":{"1":12.98,"6":"nan"}}}',
    format: 'megatron-golden',
    points: ['lm loss 1 12.98'],
  },
  {
    shape: 'Megatron golden (older: a list)',
    path: 'golden_values.json',
    text: '{"lm loss":{"start_step":0,"end_step":10,"step_interval":5,"values":[12.98,11.5]}}',
    format: 'megatron-golden',
    points: ['lm loss 0 12.98', 'lm loss 5 11.5'],
  },
  {
    shape: 'LLaMA-Factory',
    path: 'trainer_log.jsonl',
    text: '{"current_steps": 10, "total_steps": 750, "loss": 1.3659, "lr": 1.2e-05, "epoch": 0.08}',
    format: 'jsonl',
    points: ['loss 10 1.3659', 'lr 10 0.000012', 'epoch 10 0.08'],
  },
  { shape: 'GaLore, SPAM', path: 'output.log', text: 'loss at 404 1.734', format: 'galore', points: ['loss 1 1.734'] },
  {
    shape: 'GaLore (evaluation, with colours)',
    path: 'output.log',
    text: '\u001b[32m2024-05-01 10:00:00.123\u001b[0m | \u001b[1mINFO    \u001b[0m | \u001b[36m__main__\u001b[0m:\u001b[36mmain\u001b[0m:\u001b[36m404\u001b[0m - \u001b[1mEval loss at step 1000: 5.02\u001b[0m',
    format: 'galore',
    points: ['eval loss 1000 5.02'],
  },
  {
    shape: 'AlgoPerf CSV',
    path: 'measurements.csv',
    text: 'global_step,grad_norm,loss,train/loss,validation/loss\n1,0.5,6.9,,\n2,inf,6.8,6.75,6.7',
    format: 'csv',
    points: [
      'grad_norm 1 0.5',
      'grad_norm 2 Infinity',
      'loss 1 6.9',
      'loss 2 6.8',
      'train/loss 2 6.75',
      'validation/loss 2 6.7',
    ],
  },
  {
    shape: 'MLflow file',
    path: 'mlruns/0/1a2b/metrics/loss',
    text: '1677142461847 52.4896 1',
    format: 'mlflow',
    points: ['loss 1 52.4896'],
  },
  {
    shape: 'HF Trainer',
    path: 'trainer_state.json',
    text: '{"log_history": [{"loss": 2.1, "grad_norm": 0.8, "learning_rate": 5e-05, "epoch": 0.1, "step": 10}, {"eval_loss": 2.0, "step": 500}], "global_step": 500}',
    format: 'trainer-state',
    points: ['loss 10 2.1', 'grad_norm 10 0.8', 'learning_rate 10 0.00005', 'epoch 10 0.1', 'eval_loss 500 2'],
  },
];

const ENCODINGS: readonly (readonly [name: string, encode: (text: string) => Uint8Array])[] = [
  ['UTF-8', bytesOf],
  ['UTF-8 with a byte order mark', (text) => bytesOf(`\ufeff${text}`)],
  ['line ends of Windows', (text) => bytesOf(text.replaceAll('\n', '\r\n'))],
  ['UTF-16', (text) => new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le'))],
];

describe.each(SHAPES.map((shape) => [shape.shape, shape] as const))('%s', (_name, { path, text, format, points }) => {
  it.each(ENCODINGS)('in %s', (_encoding, encode) => {
    const bytes = encode(`${text}\n`);
    const answer = recogniseFormat(headOf(path, bytes));
    expect('refused' in answer ? answer.refused : answer.format.id).toBe(format);
    const sink = 'format' in answer ? readAll(answer.format, bytes, undefined, false, path) : undefined;
    const read = [...(sink?.points ?? [])].flatMap(([tag, series]) =>
      series.map(({ step, value }) => `${tag} ${step} ${value}`),
    );
    expect(new Set(read)).toEqual(new Set(points));
    expect(sink?.problems).toEqual([]);
  });
});
