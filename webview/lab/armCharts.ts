import * as l10n from '@vscode/l10n';
import type { LabTrial, TrialCurve } from '../../src/contract/labProtocol.js';
import type { FromPanel } from '../../src/contract/panelProtocol.js';
import type { RunReport } from '../../src/contract/report.js';
import type { Envelope } from '../../src/model/envelope.js';
import type { Role } from '../../src/model/role.js';
import { ChartBoard } from '../board/chartBoard.js';
import type { BoardActions } from '../board/chartBoard.js';
import type { ChartPlan, DrawnSignal } from '../charts/chartPlan.js';
import { ClockSource } from '../charts/clockSource.js';
import type { VerticalScale } from '../charts/verticalRange.js';
import { EnvelopeClient } from '../protocol/envelopeClient.js';
import { armWords } from './trialWords.js';

/** What is drawn of every arm, in this order. */
const QUANTITIES: readonly { readonly tag: Role; readonly title: string }[] = [
  { tag: 'eval/loss', title: l10n.t('Held-out loss') },
  { tag: 'train/loss', title: l10n.t('Training loss') },
  { tag: 'gradient-norm', title: l10n.t('Gradient norm') },
];

/**
 * The curves of a trial on the charts of the run page: a line is the mean over the seeds of an arm, its band their range.
 * The page has all of them already, so that nothing is asked of the editor.
 */
export class ArmCharts {
  private readonly board: ChartBoard;
  private readonly client: EnvelopeClient;
  private curves: ReadonlyMap<string, TrialCurve> = new Map();
  private verticalScales: Readonly<Record<string, VerticalScale>> = {};
  private trial: LabTrial | undefined;

  constructor(container: HTMLElement, save: BoardActions['saveChart']) {
    this.client = new EnvelopeClient({ post: (message) => this.answer(message), later: () => () => undefined });
    const clocks = new ClockSource(this.client, () => undefined);
    this.board = new ChartBoard(container, this.client, clocks, {
      setVerticalScale: (chart, scale) => {
        this.verticalScales = { ...this.verticalScales, [chart]: scale };
        this.update();
      },
      removeSignal: () => undefined,
      selectFinding: () => undefined,
      saveChart: save,
      viewChanged: () => undefined,
    });
  }

  show(trial: LabTrial): void {
    this.trial = trial;
    this.update();
  }

  themeChanged(): void {
    this.board.themeChanged();
  }

  /** Whether a key press was meant for the charts. */
  handleKey(event: KeyboardEvent): boolean {
    return this.board.handleKey(event);
  }

  private update(): void {
    if (!this.trial) {
      return;
    }
    const plans = plansOf(this.trial);
    this.curves = curvesOf(this.trial);
    this.board.update({
      report: reportOf(this.trial, plans),
      plans,
      axis: 'step',
      scale: undefined,
      logarithmicX: false,
      smoothing: 0,
      selected: undefined,
      verticalScales: this.verticalScales,
      added: [],
      compared: [],
    });
  }

  private answer(message: FromPanel): void {
    if (message.type === 'envelope') {
      const { request, tag, axis, from = -Infinity, to = Infinity } = message;
      const curve = axis === 'step' ? this.curves.get(tag) : undefined;
      // Later, as from the editor: whoever asks is not ready for an answer yet.
      queueMicrotask(() => {
        this.client.receive({ type: 'envelope', request, envelope: envelopeOf(curve, from, to) });
      });
    }
  }
}

function keyOf(label: string, tag: string): string {
  return `${tag} of ${label}`;
}

function curvesOf({ arms }: LabTrial): ReadonlyMap<string, TrialCurve> {
  return new Map(
    arms.flatMap(({ label, curves }) => Object.entries(curves).map(([tag, curve]) => [keyOf(label, tag), curve])),
  );
}

function plansOf(trial: LabTrial): ChartPlan[] {
  return QUANTITIES.flatMap(({ tag, title }) => {
    const signals = trial.arms.flatMap((arm): DrawnSignal[] => {
      const points = arm.curves[tag]?.points ?? 0;
      const { label } = arm;
      return points > 0
        ? [{ role: tag, tag: keyOf(label, tag), label: armWords(arm), points, nonFinite: 0, stepUnit: 'step' }]
        : [];
    });
    const id = tag.replaceAll('/', '-');
    return signals.length > 0 ? [{ id, title, signals, leftOut: 0, mayBeWide: true, added: false }] : [];
  });
}

/** A report of nothing but the curves, for charts that were made for runs. */
function reportOf({ runName }: LabTrial, plans: readonly ChartPlan[]): RunReport {
  return {
    id: 'trial',
    name: l10n.t('lab {0}', runName),
    paths: [],
    format: 'lab',
    points: 0,
    steps: null,
    segments: 1,
    ranks: 1,
    status: 'finished',
    configuration: {},
    signals: plans.flatMap(({ signals }) => signals),
    findings: [],
    evaluated: [],
    notEvaluated: [],
    skipped: [],
    problems: [],
  };
}

/** The band between the seeds as the extremes of a column, the mean as its value. */
function envelopeOf(curve: TrialCurve | undefined, from: number, to: number): Envelope {
  const places = curve?.steps.flatMap((step, index) => (step >= from && step <= to ? [index] : [])) ?? [];
  const column = (values: readonly number[] | undefined): Float64Array =>
    Float64Array.from(places, (index) => values?.[index] ?? NaN);
  return {
    x: column(curve?.steps),
    xEnd: column(curve?.steps),
    minimum: column(curve?.least),
    maximum: column(curve?.most),
    last: column(curve?.mean),
    segment: new Uint16Array(places.length),
    overwritten: new Uint8Array(places.length),
    nonFiniteX: new Float64Array(0),
    nonFiniteValue: new Float64Array(0),
    nonFiniteTotal: 0,
  };
}
