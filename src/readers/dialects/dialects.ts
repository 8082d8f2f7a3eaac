import type { Dialect } from '../text/dialect.js';
import { boosting } from './boosting.js';
import { caffe } from './caffe.js';
import { composer } from './composer.js';
import { darknet } from './darknet.js';
import { darts } from './darts.js';
import { deepspeed } from './deepspeed.js';
import { detectron2 } from './detectron2.js';
import { epochBatches } from './epochBatches.js';
import { fairseq } from './fairseq.js';
import { galore } from './galore.js';
import { generalText } from './generalText.js';
import { keras } from './keras.js';
import { llmC } from './llmC.js';
import { marian } from './marian.js';
import { megatron } from './megatron.js';
import { moddedNanogpt } from './moddedNanogpt.js';
import { nanogpt } from './nanogpt.js';
import { nemoRl } from './nemoRl.js';
import { olmo } from './olmo.js';
import { openmmlab } from './openmmlab.js';
import { paddle } from './paddle.js';
import { printedDictionary } from './printedDictionary.js';
import { rlGames } from './rlGames.js';
import { rslRl } from './rslRl.js';
import { speech } from './speech.js';
import { torchtitan } from './torchtitan.js';
import { verl } from './verl.js';

/** Every way of printing metrics that has a shape of its own. */
export const DIALECTS: readonly Dialect[] = [
  nanogpt,
  verl,
  moddedNanogpt,
  llmC,
  marian,
  openmmlab,
  detectron2,
  fairseq,
  megatron,
  deepspeed,
  galore,
  torchtitan,
  olmo,
  keras,
  epochBatches,
  composer,
  paddle,
  nemoRl,
  rslRl,
  rlGames,
  speech,
  darknet,
  darts,
  caffe,
  boosting,
  printedDictionary,
];

/**
 * Shapes that are looked for only where no line of {@link DIALECTS} was met, behind the time, level and logger that
 * stand before a line.
 */
export const GENERAL_DIALECTS: readonly Dialect[] = [generalText];
