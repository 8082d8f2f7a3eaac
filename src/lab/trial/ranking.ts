import type { FixVerdict, TrialFinding, TrialRecord } from './trial.js';

/** What trials say of one fix for one finding. */
export interface KnownVerdict {
  readonly verdict: FixVerdict['verdict'];
  /** How much better than the ill run, in the metric's unit; null where nothing was compared. */
  readonly gain: number | null;
  /** For people: "helps on a proxy of 0.8 M parameters: −0.40 [−0.55, −0.22] nats of held-out loss, 3 seeds". */
  readonly text: string;
}

/** What the newest trial of a finding says of each fix; of another finding of the same run nothing is taken over. */
export function verdictsFor(
  records: readonly TrialRecord[],
  finding: Pick<TrialFinding, 'id' | 'run' | 'symptom'>,
): ReadonlyMap<string, KnownVerdict> {
  const known = new Map<string, KnownVerdict>();
  const ofFinding = records.filter(
    ({ finding: tried }) =>
      tried.run === finding.run && (tried.id === null ? tried.symptom === finding.symptom : tried.id === finding.id),
  );
  for (const { plan, verdicts } of ofFinding.sort((one, other) => other.begun - one.begun)) {
    for (const verdict of verdicts) {
      if (plan !== null && !known.has(verdict.fix)) {
        const sign = plan.measure.better === 'lower' ? -1 : 1;
        known.set(verdict.fix, {
          verdict: verdict.verdict,
          gain: verdict.effect === null ? null : sign * verdict.effect,
          text: told(verdict, plan.proxy.parameters),
        });
      }
    }
  }
  return known;
}

/**
 * Fixes in the order in which they are to be offered: those that helped in front, the largest effect first; those that
 * did harm last; the others between them, as they were. A trial is of a proxy: nothing is left out.
 */
export function rankedByVerdicts<Fix extends { readonly id: string }>(
  fixes: readonly Fix[],
  verdicts: ReadonlyMap<string, KnownVerdict>,
): readonly Fix[] {
  const place = ({ id }: Fix): number => {
    const verdict = verdicts.get(id)?.verdict;
    return verdict === 'helps' ? 0 : verdict === 'hurts' ? 2 : 1;
  };
  const gain = ({ id }: Fix): number => verdicts.get(id)?.gain ?? 0;
  return [...fixes].sort((one, other) => place(one) - place(other) || (place(one) === 1 ? 0 : gain(other) - gain(one)));
}

const WORDS: Readonly<Record<FixVerdict['verdict'], string>> = {
  helps: 'helps',
  hurts: 'hurts',
  'no-effect': 'has no effect',
  unclear: 'unclear',
  'not-reproduced': 'not tried: the symptom did not show',
};

function told({ verdict, effect, interval, unit, seeds, note }: FixVerdict, parameters: number): string {
  const words = `${WORDS[verdict]} on a proxy of ${sizeInWords(parameters)} parameters`;
  if (effect === null) {
    return note === null ? words : `${words}: ${note}`;
  }
  const range = interval === null ? '' : ` [${interval.map(signed).join(', ')}]`;
  return `${words}: ${signed(effect)}${range} ${unit}, ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}`;
}

/** "0.09 M", "830 k": two digits that count. */
function sizeInWords(parameters: number): string {
  return parameters >= 1e5 ? `${Number((parameters / 1e6).toPrecision(2))} M` : `${Math.round(parameters / 1e3)} k`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
}
