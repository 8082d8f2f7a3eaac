import { autotrainer } from './autotrainer.js';
import { lightning } from './lightning.js';
import type { Baseline } from './rule.js';
import { runwise } from './runwise.js';
import { sagemaker } from './sagemaker.js';
import { zclip } from './zclip.js';

/** The rules of the field, in the order of the table. */
export const BASELINES: readonly Baseline[] = [sagemaker, autotrainer, lightning, runwise, zclip];
