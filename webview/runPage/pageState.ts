import { MOST_COMPARED } from '../../src/contract/panelMessages.js';
import type { ComparableRun, PanelState } from '../../src/contract/panelProtocol.js';
import type { ReportedFinding, RunReport } from '../../src/contract/report.js';
import type { RunComparison } from '../../src/contract/runComparison.js';
import type { HorizontalAxis } from '../../src/model/envelope.js';
import type { RunCheckpoint } from '../../src/model/runCheckpoint.js';
import type { ComparedRun } from '../board/comparedRun.js';
import { STRONGEST_SMOOTHING } from '../charts/smoothing.js';
import type { StepScaleUnit } from '../charts/stepScale.js';
import type { VerticalScale } from '../charts/verticalRange.js';

/** Everything that the page shows, but for the curves themselves. */
export interface PageState {
  readonly report: RunReport | undefined;
  readonly live: boolean;
  readonly trusted: boolean;
  /** Why there is no report, or none newer. */
  readonly failure: string | undefined;
  /** Id of the finding whose story is open; undefined: none. */
  readonly selected: string | undefined;
  readonly axis: HorizontalAxis;
  /** What the axis of steps is labelled with, where it is not the steps. */
  readonly stepScale: StepScaleUnit | undefined;
  /** Whether the horizontal axis shall be logarithmic; that of wall time never is. */
  readonly logarithmicX: boolean;
  /** Weight of the smoothing, 0 to {@link STRONGEST_SMOOTHING}; 0: none. */
  readonly smoothing: number;
  readonly verticalScales: Readonly<Record<string, VerticalScale>>;
  /** What is searched for in the configuration. */
  readonly settingsSearch: string;
  /** Keys of signals that the user added a chart for. */
  readonly added: readonly string[];
  /** Runs that can be compared with. */
  readonly runs: readonly ComparableRun[];
  readonly compared: readonly ComparedRun[];
  /** In the order of their steps. */
  readonly checkpoints: readonly RunCheckpoint[];
}

/** Before anything came from the host. */
export function initialState(kept: PanelState | undefined): PageState {
  return {
    report: undefined,
    live: false,
    trusted: false,
    failure: undefined,
    selected: kept?.selectedFinding,
    axis: kept?.axis ?? 'step',
    stepScale: kept?.stepScale,
    logarithmicX: kept?.logarithmicX ?? false,
    smoothing: Math.min(kept?.smoothing ?? 0, STRONGEST_SMOOTHING),
    verticalScales: {
      ...scales(kept?.logarithmicY, 'logarithmic'),
      ...scales(kept?.linearY, 'linear'),
    },
    settingsSearch: '',
    added: kept?.addedSignals ?? [],
    runs: [],
    compared: kept?.comparedRuns ?? [],
    checkpoints: [],
  };
}

function scales(charts: readonly string[] | undefined, scale: VerticalScale): Record<string, VerticalScale> {
  return Object.fromEntries((charts ?? []).map((chart) => [chart, scale]));
}

/** What is kept across a reload: navigation and layout, no data. */
export function keptState(state: PageState): PanelState | undefined {
  if (!state.report) {
    return undefined;
  }
  const chartsOf = (scale: VerticalScale) =>
    Object.keys(state.verticalScales).filter((chart) => state.verticalScales[chart] === scale);
  return {
    run: state.report.id,
    ...(state.selected === undefined ? {} : { selectedFinding: state.selected }),
    axis: state.axis,
    ...(state.stepScale === undefined ? {} : { stepScale: state.stepScale }),
    logarithmicX: state.logarithmicX,
    smoothing: state.smoothing,
    logarithmicY: chartsOf('logarithmic'),
    linearY: chartsOf('linear'),
    addedSignals: state.added,
    comparedRuns: state.compared.map(({ id, name }) => ({ id, name })),
  };
}

/** Takes a report in: a first one opens the story of what to look at first; a later one keeps what is open. */
export function withReport(state: PageState, report: RunReport, live: boolean, trusted: boolean): PageState {
  const known = report.findings.some(({ id }) => id === state.selected);
  const closedByUser = state.report !== undefined && state.report.findings.length > 0 && state.selected === undefined;
  const selected = known ? state.selected : closedByUser ? undefined : report.findings[0]?.id;
  return { ...state, report, live, trusted, failure: undefined, selected };
}

/** Takes in what the host knows of a compared run; one that was taken off meanwhile stays off. */
export function withCompared(state: PageState, run: string, news: Omit<ComparedRun, 'id' | 'name'>): PageState {
  return changedCompared(state, run, ({ id, name, comparison }) => ({
    id,
    name,
    ...(comparison ? { comparison } : {}),
    ...news,
  }));
}

/** Takes in what distinguishes a compared run from the page's own. */
export function withComparison(state: PageState, run: string, comparison: RunComparison): PageState {
  return changedCompared(state, run, (each) => ({ ...each, comparison }));
}

function changedCompared(state: PageState, run: string, change: (each: ComparedRun) => ComparedRun): PageState {
  return { ...state, compared: state.compared.map((each) => (each.id === run ? change(each) : each)) };
}

/** Runs that can be added to the comparison. */
export function comparableRuns({ runs, compared }: PageState): readonly ComparableRun[] {
  return compared.length >= MOST_COMPARED ? [] : runs.filter(({ id }) => compared.every((each) => each.id !== id));
}

export function selectedFinding(state: PageState): ReportedFinding | undefined {
  return state.report?.findings.find(({ id }) => id === state.selected);
}
