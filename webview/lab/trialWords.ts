import type { LabTrial, TrialArm, TrialStage, TrialVerdict } from '../../src/contract/labProtocol.js';
import { formatCount, formatValue } from '../format/numbers.js';
import { plural, TRIAL_MARKS } from '../format/words.js';
import type { Marked } from '../format/words.js';

export const VERDICT_MARKS: Readonly<Record<TrialVerdict['verdict'], Marked>> = {
  ...TRIAL_MARKS,
  'not-reproduced': { icon: 'circle-slash', word: 'not tried' },
};

export const STAGE_MARKS: Readonly<Record<TrialStage, Marked>> = {
  queued: { icon: 'clock', word: 'waiting' },
  preparing: { icon: 'gear', word: 'checking engines' },
  reproducing: { icon: 'beaker', word: 'reproducing the symptom' },
  trying: { icon: 'beaker', word: 'trying fixes' },
  done: { icon: 'check', word: 'finished' },
  'not-reproduced': { icon: 'circle-slash', word: 'not reproduced' },
  'no-proxy': { icon: 'circle-slash', word: 'no proxy' },
  stopped: { icon: 'debug-pause', word: 'stopped' },
  failed: { icon: 'error', word: 'failed' },
};

/** What an arm is called in legends and rows. */
export function armWords({ label, title }: Pick<TrialArm, 'label' | 'title'>): string {
  switch (label) {
    case 'baseline':
      return 'with the symptom';
    case 'healthy':
      return 'without the symptom';
    default:
      return title;
  }
}

/** "0.8 M parameters", "92 k parameters". */
export function parameterWords(parameters: number): string {
  const million = 1e6;
  return parameters >= million / 10
    ? `${(parameters / million).toFixed(1)} M parameters`
    : `${formatCount(Math.round(parameters / 1000))} k parameters`;
}

/** "on a proxy of 0.8 M parameters". */
export function proxyWords({ proxy }: LabTrial): string {
  return proxy === null ? 'on a proxy' : `on a proxy of ${parameterWords(proxy.parameters)}`;
}

/** Effects this large need no decimals. */
const LARGE = 100;

/** "−0.48". */
export function signed(value: number): string {
  const size = Math.abs(value) < LARGE ? Math.abs(value).toFixed(2) : formatValue(Math.abs(value));
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
        return `None of ${plural(fixes.length, 'fix', 'fixes')} helps ${proxyWords(trial)}. That a fix does nothing here does not show that it does nothing in your run; it is no reason to try it first either.`;
      }
      const size = `${effectWords(best.verdict)} ${trial.measure?.unit ?? ''}, ${plural(best.verdict.seeds, 'paired seed')}`;
      return helping.length === 1
        ? `“${best.title}” helps ${proxyWords(trial)}: ${size}.`
        : `${helping.length} of ${plural(fixes.length, 'fix', 'fixes')} help ${proxyWords(trial)}, “${best.title}” most: ${size}.`;
    }
    case 'not-reproduced':
      return `The symptom does not show ${proxyWords(trial)}. Nothing can be said about what would cure it, so that no fix was tried.`;
    case 'no-proxy':
      return 'The lab cannot provoke this symptom on a proxy, so that nothing was trained.';
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
