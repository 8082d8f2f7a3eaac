import * as l10n from '@vscode/l10n';
import type { ReportedSignal } from '../../src/contract/report.js';
import { roleMatches } from '../../src/model/role.js';
import type { RolePattern } from '../../src/model/role.js';

/** A signal that is drawn. */
export interface DrawnSignal extends ReportedSignal {
  /** Its name in legends, where that is not its tag. */
  readonly label?: string;
}

/** One chart: which signals it draws over a common vertical axis. */
export interface ChartPlan {
  /** Stable over reports; the page's state refers to it. */
  readonly id: string;
  readonly title: string;
  readonly signals: readonly DrawnSignal[];
  /** Signals that belong here and are not drawn, because more curves could not be told apart. */
  readonly leftOut: number;
  /** Values that often span decades: the vertical axis may become logarithmic by itself. */
  readonly mayBeWide: boolean;
  /** The user added it, and may take it off again. */
  readonly added: boolean;
}

interface Group {
  readonly id: string;
  readonly title: string;
  readonly roles: readonly RolePattern[];
  readonly mayBeWide?: boolean;
}

/** Shown without being asked for, in this order. */
const GROUPS: readonly Group[] = [
  { id: 'loss', title: l10n.t('Loss'), roles: ['train/loss', 'eval/loss', 'eval/*/loss'], mayBeWide: true },
  {
    id: 'gradient-norm',
    title: l10n.t('Gradient norm'),
    roles: ['gradient-norm', 'gradient-norm/clipped'],
    mayBeWide: true,
  },
  { id: 'learning-rate', title: l10n.t('Learning rate'), roles: ['learning-rate', 'learning-rate/*'] },
  { id: 'accuracy', title: l10n.t('Accuracy'), roles: ['train/accuracy', 'eval/accuracy'] },
  { id: 'reward', title: l10n.t('Reward'), roles: ['reward'] },
  { id: 'kl', title: l10n.t('KL divergence'), roles: ['kl'] },
  { id: 'entropy', title: l10n.t('Entropy'), roles: ['entropy'] },
  { id: 'loss-scale', title: l10n.t('Loss scale'), roles: ['loss-scale'] },
  { id: 'log-z', title: l10n.t('Log Z'), roles: ['log-z'] },
  { id: 'throughput', title: l10n.t('Throughput'), roles: ['throughput'] },
];

/** More curves in one chart can't be told apart by colour and dash. */
export const MOST_CURVES = 6;
/** When nothing has a known role, so many signals are shown so that the page is not empty. */
const UNKNOWN_SHOWN = 4;

/** Names a signal in the page's state and in its maps. */
export function signalKey({ tag, rank }: Pick<ReportedSignal, 'tag' | 'rank'>): string {
  return rank === undefined ? tag : `${tag} · rank ${rank}`;
}

/** The charts of a run: those of known roles, then the ones that were added, by {@link signalKey}. */
export function planCharts(signals: readonly ReportedSignal[], added: readonly string[]): ChartPlan[] {
  const drawable = signals.filter(({ points }) => points > 0);
  const known = GROUPS.map((group) => planGroup(group, drawable)).filter((plan) => plan.signals.length > 0);
  const shown = known.length > 0 ? known : drawable.filter(isScalar).slice(0, UNKNOWN_SHOWN).map(planUnknown);
  const present = new Set(shown.flatMap((plan) => plan.signals.map(signalKey)));
  const extra = added
    .filter((key) => !present.has(key))
    .flatMap((key) => drawable.find((signal) => signalKey(signal) === key) ?? [])
    .map((signal) => ({ ...planUnknown(signal), added: true }));
  return [...shown, ...extra];
}

/** Signals that no chart draws, for the chooser. */
export function undrawn(signals: readonly ReportedSignal[], plans: readonly ChartPlan[]): ReportedSignal[] {
  const drawn = new Set(plans.flatMap((plan) => plan.signals.map(signalKey)));
  return signals.filter((signal) => signal.points > 0 && !drawn.has(signalKey(signal)));
}

function planGroup(group: Group, signals: readonly ReportedSignal[]): ChartPlan {
  const matching = group.roles.flatMap((pattern) => signals.filter(({ role }) => roleMatches(role, pattern)));
  const unique = [...new Set(matching)];
  return {
    id: group.id,
    title: group.title,
    signals: unique.slice(0, MOST_CURVES),
    leftOut: Math.max(0, unique.length - MOST_CURVES),
    mayBeWide: group.mayBeWide ?? false,
    added: false,
  };
}

function planUnknown(signal: ReportedSignal): ChartPlan {
  const key = signalKey(signal);
  return { id: `signal ${key}`, title: key, signals: [signal], leftOut: 0, mayBeWide: true, added: false };
}

function isScalar({ role }: ReportedSignal): boolean {
  return role !== 'epoch' && role !== 'tokens';
}
