import * as l10n from '@vscode/l10n';
import type { LabTrial, TrialArm, TrialRun, TrialStage, TrialVerdict } from '../../src/contract/labProtocol.js';
import { formatCount, formatFixed, formatValue } from '../format/numbers.js';
import { TRIAL_MARKS } from '../format/words.js';
import type { Marked } from '../format/words.js';

export const VERDICT_MARKS: Readonly<Record<TrialVerdict['verdict'], Marked>> = {
  ...TRIAL_MARKS,
  'not-reproduced': { icon: 'circle-slash', word: l10n.t('not tried') },
};

export const STAGE_MARKS: Readonly<Record<TrialStage, Marked>> = {
  queued: { icon: 'clock', word: l10n.t('waiting') },
  preparing: { icon: 'gear', word: l10n.t('checking engines') },
  reproducing: { icon: 'beaker', word: l10n.t('reproducing the symptom') },
  trying: { icon: 'beaker', word: l10n.t('trying fixes') },
  done: { icon: 'check', word: l10n.t('finished') },
  'not-reproduced': { icon: 'circle-slash', word: l10n.t('not reproduced') },
  'no-proxy': { icon: 'circle-slash', word: l10n.t('no proxy') },
  stopped: { icon: 'debug-pause', word: l10n.t('stopped') },
  failed: { icon: 'error', word: l10n.t('failed') },
};

/** What an arm is called in legends and rows. */
export function armWords({ label, title }: Pick<TrialArm, 'label' | 'title'>): string {
  switch (label) {
    case 'baseline':
      return l10n.t('with the symptom');
    case 'healthy':
      return l10n.t('without the symptom');
    default:
      return title;
  }
}

/** How a run is, in words. */
export const RUN_WORDS: Readonly<Record<TrialRun['state'], string>> = {
  waiting: l10n.t('waiting'),
  training: l10n.t('in training'),
  done: l10n.t('done'),
  stopped: l10n.t('stopped'),
  failed: l10n.t('failed'),
};

/** How many seeds, each of which trains both sides. */
export function pairedSeedCount(count: number): string {
  return count === 1 ? l10n.t('1 paired seed') : l10n.t('{0} paired seeds', formatCount(count));
}

function fixCount(count: number): string {
  return count === 1 ? l10n.t('1 fix') : l10n.t('{0} fixes', formatCount(count));
}

/** "0.8 M parameters", "92 k parameters". */
export function parameterWords(parameters: number): string {
  const million = 1e6;
  return parameters >= million / 10
    ? l10n.t('{0} M parameters', formatFixed(parameters / million, 1))
    : l10n.t('{0} k parameters', formatCount(Math.round(parameters / 1000)));
}

/** "on a proxy of 0.8 M parameters". */
export function proxyWords({ proxy }: LabTrial): string {
  return proxy === null ? l10n.t('on a proxy') : l10n.t('on a proxy of {0}', parameterWords(proxy.parameters));
}

/** Effects this large need no decimals. */
const LARGE = 100;

/** "−0.48". */
export function signed(value: number): string {
  const size = Math.abs(value) < LARGE ? formatFixed(Math.abs(value), 2) : formatValue(Math.abs(value));
  return `${value < 0 ? '−' : '+'}${size}`;
}

/** "−0.48 [−0.60, −0.36]"; empty where nothing was compared. */
export function effectWords({ effect, interval }: Pick<TrialVerdict, 'effect' | 'interval'>): string {
  if (effect === null) {
    return '';
  }
  return interval === null ? signed(effect) : `${signed(effect)} [${signed(interval[0])}, ${signed(interval[1])}]`;
}

/** What the trial came to, in the sentence that a person reads first; undefined while it goes on. */
export function outcomeWords(trial: LabTrial): string | undefined {
  const fixes = trial.arms.filter(({ fix }) => fix !== null);
  switch (trial.stage) {
    case 'done': {
      const helping = fixes.filter(({ verdict }) => verdict?.verdict === 'helps');
      const [best] = byPromise(helping);
      if (best?.verdict == null) {
        return l10n.t(
          'None of {0} helps {1}. That a fix does nothing here does not show that it does nothing in your run; it is no reason to try it first either.',
          fixCount(fixes.length),
          proxyWords(trial),
        );
      }
      const size = `${effectWords(best.verdict)} ${trial.measure?.unit ?? ''}, ${pairedSeedCount(best.verdict.seeds)}`;
      return helping.length === 1
        ? l10n.t('“{0}” helps {1}: {2}.', best.title, proxyWords(trial), size)
        : l10n.t(
            '{0} of {1} help {2}, “{3}” most: {4}.',
            helping.length,
            fixCount(fixes.length),
            proxyWords(trial),
            best.title,
            size,
          );
    }
    case 'not-reproduced':
      return l10n.t(
        'The symptom does not show {0}. Nothing can be said about what would cure it, so that no fix was tried.',
        proxyWords(trial),
      );
    case 'no-proxy':
      return l10n.t('The lab cannot provoke this symptom on a proxy, so that nothing was trained.');
    default:
      return undefined;
  }
}

const ORDER: readonly TrialVerdict['verdict'][] = ['helps', 'unclear', 'no-effect', 'not-reproduced', 'hurts'];

/** What helps most in front, what hurts last; what has no verdict yet stays where it was, behind what helps. */
export function byPromise(arms: readonly TrialArm[]): TrialArm[] {
  const rank = ({ verdict }: TrialArm): number => ORDER.indexOf(verdict?.verdict ?? 'unclear');
  const size = ({ verdict }: TrialArm): number => (verdict?.verdict === 'helps' ? Math.abs(verdict.effect ?? 0) : 0);
  return [...arms].sort((one, other) => rank(one) - rank(other) || size(other) - size(one));
}
