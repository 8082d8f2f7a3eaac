import type { ReportedSignal } from './report.js';

/** The signal of another run that measures the same: of the same tag, else the first of the same known role. */
export function counterpart(signal: ReportedSignal, others: readonly ReportedSignal[]): ReportedSignal | undefined {
  const candidates = others.filter(({ points }) => points > 0);
  return (
    candidates.find(({ tag, rank }) => tag === signal.tag && rank === signal.rank) ??
    candidates.find(({ role, rank }) => role !== 'other' && role === signal.role && rank === signal.rank)
  );
}
