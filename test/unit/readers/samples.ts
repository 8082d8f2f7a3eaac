import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LOG_FORMATS } from '../../../src/readers/formats.js';
import type { LogFormat } from '../../../src/readers/reader.js';
import { PRINTED_AMID_OTHERS } from './printedAmidOthers.js';
import { PRINTED_CASES } from './printedCases.js';
import { PRINTED_SHAPES } from './printedShapes.js';

/** A short log of each format, as its writer writes it. */
export interface Sample {
  readonly name: string;
  /** The name under which the file would be found. */
  readonly path: string;
  readonly format: string;
  readonly bytes: Uint8Array;
}

const GOLDEN = new URL('../../golden/readers/', import.meta.url);

function file(format: string, name: string, path: string): Sample {
  return { name, path, format, bytes: new Uint8Array(readFileSync(fileURLToPath(new URL(name, GOLDEN)))) };
}

/** The lines of a case of {@link PRINTED_CASES}, {@link PRINTED_SHAPES} or {@link PRINTED_AMID_OTHERS}. */
function printed(format: string, program: string, path: string): Sample {
  const found = [...PRINTED_CASES, ...PRINTED_SHAPES, ...PRINTED_AMID_OTHERS].find(
    (candidate) => candidate.program === program,
  );
  const bytes = new TextEncoder().encode(`${found?.lines.join('\n') ?? ''}\n`);
  return { name: `printed/${format}`, path, format, bytes };
}

export const SAMPLES: readonly Sample[] = [
  file('tensorboard', 'tensorboard/torch.tfevents', 'runs/a/events.out.tfevents.1700000000.host'),
  file('tensorboard', 'tensorboard/tensorboardx.tfevents', 'runs/b/events.out.tfevents.1700000000.host'),
  file('tensorboard', 'tensorboard/tensors.tfevents', 'runs/c/events.out.tfevents.1700000000.host.v2'),
  file('tensorboard', 'tensorboard/hparams.tfevents', 'runs/d/events.out.tfevents.1700000000.host'),
  file('wandb', 'logs/offline.wandb', 'wandb/offline-run-1/run-1.wandb'),
  file('trainer-state', 'logs/trainer_state.json', 'out/checkpoint-500/trainer_state.json'),
  file('mmcv-json', 'logs/mmcv.log.json', 'work_dirs/20210313_194705.log.json'),
  file('megatron-golden', 'logs/golden_values.json', 'golden_values_dev.json'),
  file('megatron-golden', 'logs/golden_values_list.json', 'golden_values_old.json'),
  file('mlflow', 'logs/mlflow_loss', 'mlruns/0/1a2b/metrics/train/loss'),
  file('jsonl', 'logs/metrics.jsonl', 'run/metrics.jsonl'),
  file('jsonl', 'logs/trainer_log.jsonl', 'saves/trainer_log.jsonl'),
  file('jsonl', 'logs/detectron2_metrics.json', 'output/metrics.json'),
  file('json', 'logs/keras_history.json', 'history.json'),
  file('json', 'logs/rows.json', 'log.json'),
  file('csv', 'logs/lightning_metrics.csv', 'lightning_logs/version_0/metrics.csv'),
  file('csv', 'logs/keras_training.csv', 'training.log.csv'),
  file('csv', 'logs/yolo_results.csv', 'runs/detect/train/results.csv'),
  file('csv', 'logs/sb3_progress.csv', 'logs/progress.csv'),
  file('csv', 'logs/algoperf_measurements.csv', 'trial_1/measurements.csv'),
  file('csv', 'logs/wandb_history.csv', 'history.csv'),
  file('csv', 'logs/semicolons.csv', 'log.csv'),
  file('nanogpt', 'logs/nanogpt.log', 'output.log'),
  file('modded-nanogpt', 'logs/modded_nanogpt.txt', 'logs/3310d0b1.txt'),
  file('llm.c', 'logs/llmc_main.log', 'main.log'),
  file('marian', 'logs/marian.log', 'train.log'),
  file('openmmlab', 'logs/mmdet.log', '20210313_194705.log'),
  file('detectron2', 'logs/detectron2.txt', 'output/log.txt'),
  file('fairseq', 'logs/fairseq.log', 'train.log'),
  file('megatron', 'logs/megatron.out', 'slurm-1.out'),
  file('deepspeed', 'logs/deepspeed.log', 'train.log'),
  file('galore', 'logs/galore.log', 'files/output.log'),
  file('torchtitan', 'logs/torchtitan.log', 'stdout.log'),
  file('olmo', 'logs/olmo.log', 'olmo.log'),
  file('verl', 'logs/verl.log', 'verl.log'),
  file('keras', 'logs/keras.log', 'fit.log'),
  file('epoch-batches', 'logs/imagenet.log', 'imagenet.log'),
  file('epoch-batches', 'logs/mnist.log', 'mnist.log'),
  file('printed-dictionary', 'logs/trainer.log', 'nohup.out'),
  file('progress-bar', 'logs/tqdm.log', 'train.log'),
  file('text', 'logs/general.log', 'my.log'),
  file('keras', 'written/keras_verbose1.log', 'fit.log'),
  file('keras', 'written/keras_verbose2.log', 'fit.log'),
  file('csv', 'written/keras_training.csv', 'training.csv'),
  file('tensorboard', 'written/keras_validation.tfevents', 'logs/validation/events.out.tfevents.1.host.v2'),
  file('tensorboard', 'written/tensorflow.tfevents', 'logs/events.out.tfevents.1.host.v2'),
  file('progress-bar', 'written/lightning_tqdm.log', 'nohup.out'),
  file('progress-bar', 'written/lightning_rich.log', 'nohup.out'),
  file('progress-bar', 'written/lightning_results.log', 'nohup.out'),
  file('csv', 'written/lightning_metrics.csv', 'lightning_logs/version_0/metrics.csv'),
  file('printed-dictionary', 'written/trl_dpo.log', 'dpo.log'),
  file('printed-dictionary', 'written/trl_grpo.log', 'grpo.log'),
  printed('composer', 'MosaicML Composer', 'composer.log'),
  printed('rsl-rl', 'rsl_rl', 'rsl_rl.log'),
  printed('speech', 'Coqui TTS', 'trainer_0_log.txt'),
  printed('darknet', 'Darknet', 'darknet.log'),
  printed('boosting', 'LightGBM', 'boost.log'),
  printed('paddle', "PaddlePaddle's Model.fit", 'paddle.log'),
  printed('rl-games', 'rl_games', 'rl_games.log'),
  printed('darts', 'DARTS', 'darts.log'),
  printed('nemo-rl', 'NeMo RL', 'nemo_rl.log'),
  printed('caffe', 'Caffe', 'caffe.log'),
  printed('blank-table', 'Ultralytics YOLO', 'yolo.log'),
];

/** The format of that name; fails the test when there is none. */
export function formatNamed(id: string): LogFormat {
  const format = LOG_FORMATS.find((candidate) => candidate.id === id);
  if (format === undefined) {
    throw new Error(`no format called ${id}`);
  }
  return format;
}

/** Random numbers from 0 to 1 that are the same in every run ("mulberry32"). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
