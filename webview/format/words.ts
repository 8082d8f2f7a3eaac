import * as l10n from '@vscode/l10n';
import type { FixTrial } from '../../src/contract/report.js';
import type { HorizontalAxis } from '../../src/model/envelope.js';
import type { StepScaleUnit } from '../charts/stepScale.js';
import type { Severity } from '../../src/model/finding.js';
import type { Role } from '../../src/model/role.js';
import type { RunStatus } from '../../src/model/run.js';
import type { Symptom } from '../../src/model/symptom.js';
import { formatCount } from './numbers.js';

/** A thing with an icon and a word, so that colour never stands alone. */
export interface Marked {
  readonly icon: string;
  readonly word: string;
}

export const SEVERITY_MARKS: Readonly<Record<Severity, Marked>> = {
  error: { icon: 'error', word: l10n.t('Error') },
  warning: { icon: 'warning', word: l10n.t('Warning') },
  info: { icon: 'info', word: l10n.t('Note') },
};

export const STATUS_MARKS: Readonly<Record<RunStatus, Marked>> = {
  live: { icon: 'pulse', word: l10n.t('live') },
  finished: { icon: 'check', word: l10n.t('finished') },
  stopped: { icon: 'debug-stop', word: l10n.t('stopped') },
  stalled: { icon: 'debug-pause', word: l10n.t('stalled') },
  failed: { icon: 'error', word: l10n.t('failed') },
};

/** What trying a fix on a proxy came to. */
export const TRIAL_MARKS: Readonly<Record<FixTrial['verdict'], Marked>> = {
  helps: { icon: 'pass', word: l10n.t('helps') },
  'no-effect': { icon: 'dash', word: l10n.t('no effect') },
  hurts: { icon: 'error', word: l10n.t('hurts') },
  unclear: { icon: 'question', word: l10n.t('unclear') },
};

export const AXIS_WORDS: Readonly<Record<HorizontalAxis | StepScaleUnit, string>> = {
  step: l10n.t('Step'),
  epoch: l10n.t('Epoch'),
  tokens: l10n.t('Tokens'),
  'wall-time': l10n.t('Wall time'),
  'relative-time': l10n.t('Time since start'),
};

const SYMPTOM_WORDS: Partial<Record<Symptom, string>> = {
  'non-finite': l10n.t('NaN or infinity'),
  'loss-zero': l10n.t('loss at zero'),
  'gradient-exploding': l10n.t('exploding gradients'),
  'gradient-vanishing': l10n.t('vanishing gradients'),
  warmup: l10n.t('no warmup'),
  other: l10n.t('something else'),
};

export function symptomWords(symptom: Symptom): string {
  return SYMPTOM_WORDS[symptom] ?? symptom.replaceAll('-', ' ');
}

const MONITOR_WORDS: Readonly<Record<string, string>> = {
  'non-finite': l10n.t('NaN and infinity'),
  warmup: l10n.t('missing warmup'),
};

/** An id of a monitor as words: `loss-spike` → `Loss spike`. */
export function monitorWords(monitor: string): string {
  const words = MONITOR_WORDS[monitor] ?? monitor.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const ROLE_WORDS: Readonly<Record<string, string>> = {
  'train/loss': l10n.t('training loss'),
  'eval/loss': l10n.t('evaluation loss'),
  'train/accuracy': l10n.t('training accuracy'),
  'eval/accuracy': l10n.t('evaluation accuracy'),
  'gradient-norm': l10n.t('gradient norm'),
  'gradient-norm/clipped': l10n.t('gradient norm after clipping'),
  'learning-rate': l10n.t('learning rate'),
  'log-z': l10n.t('log Z'),
  'loss-scale': l10n.t('loss scale'),
  kl: l10n.t('KL divergence'),
};

/** Families of roles whose last part is a name from the log. */
const ROLE_FAMILIES: readonly (readonly [prefix: string, words: (name: string) => string])[] = [
  ['gradient-norm/', (name) => l10n.t('gradient norm of {0}', name)],
  ['learning-rate/', (name) => l10n.t('learning rate of {0}', name)],
  ['weight-norm/', (name) => l10n.t('weight norm of {0}', name)],
  ['update-ratio/', (name) => l10n.t('update ratio of {0}', name)],
  ['attention-logit/', (name) => l10n.t('attention logit of {0}', name)],
];

/** What a series measures, in words. The tag stands in where the role is not known. */
export function roleWords(role: Role, tag: string): string {
  const known = ROLE_WORDS[role];
  if (known) {
    return known;
  }
  if (role === 'other') {
    return tag;
  }
  const family = ROLE_FAMILIES.find(([prefix]) => role.startsWith(prefix));
  return family ? family[1](role.slice(family[0].length)) : role.replaceAll('-', ' ').replaceAll('/', ' ');
}

/** How sure a finding is, as a person would say it. */
export function confidenceWords(confidence: number): string {
  if (confidence >= 0.95) {
    return l10n.t('almost certain');
  }
  if (confidence >= 0.8) {
    return l10n.t('very likely');
  }
  return confidence >= 0.6 ? l10n.t('likely') : l10n.t('a guess');
}

/** How many tensors there are, or were found. */
export function tensorCount(count: number): string {
  return count === 1 ? l10n.t('1 tensor') : l10n.t('{0} tensors', formatCount(count));
}

/** How many findings there are. */
export function findingCount(count: number): string {
  return count === 1 ? l10n.t('1 finding') : l10n.t('{0} findings', formatCount(count));
}
