import * as l10n from '@vscode/l10n';
import { render } from 'lit';
import { unpackComparison } from '../../src/contract/panelComparison.js';
import type { ToPanel } from '../../src/contract/panelProtocol.js';
import { unpackReport } from '../../src/contract/panelReport.js';
import type { ReportedSignal } from '../../src/contract/report.js';
import type { HorizontalAxis } from '../../src/model/envelope.js';
import { ChartBoard } from '../board/chartBoard.js';
import type { ComparedRun } from '../board/comparedRun.js';
import { placeWords, stretchWords } from '../charts/axes.js';
import { planCharts, undrawn } from '../charts/chartPlan.js';
import { ClockSource } from '../charts/clockSource.js';
import type { StepScale, StepScaleUnit } from '../charts/stepScale.js';
import { scaleSignal, StepScaleSource } from '../charts/stepScaleSource.js';
import { onThemeChange } from '../charts/theme.js';
import type { ComparisonModel } from '../components/comparisonTable.js';
import type { PageActions } from '../components/pageActions.js';
import { EnvelopeClient } from '../protocol/envelopeClient.js';
import type { Host } from '../protocol/host.js';
import { page } from './page.js';
import {
  comparableRuns,
  initialState,
  keptState,
  selectedFinding,
  withCompared,
  withComparison,
  withReport,
} from './pageState.js';
import type { PageState } from './pageState.js';

/** Times on the page are relative to now: they are written again this often. */
const CLOCK_TICK_MS = 15_000;

/** The page of one run: takes what the host says, holds the state, and shows both. */
export class RunPage {
  private readonly root: HTMLElement;
  private readonly host: Host;
  private readonly client: EnvelopeClient;
  private readonly clocks: ClockSource;
  private readonly scales: StepScaleSource;
  private readonly actions: PageActions;
  private state: PageState;
  private board: ChartBoard | undefined;
  private frame = 0;

  constructor(root: HTMLElement, host: Host) {
    this.root = root;
    this.host = host;
    this.state = initialState(host.readState());
    this.client = new EnvelopeClient({ post: (message) => host.post(message), later });
    this.clocks = new ClockSource(this.client, () => {
      this.board?.refresh();
      this.renderSoon();
    });
    this.scales = new StepScaleSource(this.client, () => {
      this.renderNow();
      this.board?.refresh();
    });
    this.actions = this.pageActions();
  }

  /** Shows the shape of the page and asks the host for the run. */
  start(): void {
    nameIconStyles();
    this.host.onMessage((message) => {
      this.receive(message);
    });
    onThemeChange(() => this.board?.themeChanged());
    setInterval(() => {
      this.renderSoon();
    }, CLOCK_TICK_MS);
    this.root.addEventListener('keydown', (event) => {
      this.handleKey(event);
    });
    this.renderNow();
    this.host.post({ type: 'ready' });
    if (this.state.compared.length > 0) {
      this.compare(this.state.compared);
    }
  }

  /** Undefined while it is on its way, too: the axis then counts steps. */
  private get scale(): StepScale | undefined {
    return this.state.axis === 'step' ? this.scales.scale(this.state.stepScale) : undefined;
  }

  private receive(message: ToPanel): void {
    switch (message.type) {
      case 'report':
        this.change(withReport(this.state, unpackReport(message.report), message.live, message.trusted));
        return;
      case 'report-failed':
        this.change({ ...this.state, failure: message.message });
        return;
      case 'reveal':
        this.change({ ...this.state, selected: message.finding });
        this.revealSelected();
        return;
      case 'checkpoints':
        this.change({ ...this.state, checkpoints: message.checkpoints });
        return;
      case 'runs':
        this.change({ ...this.state, runs: message.runs });
        return;
      case 'compare-with': {
        const { run } = message;
        if (comparableRuns({ ...this.state, runs: [run] }).length > 0) {
          this.compare([...this.state.compared, run]);
        }
        return;
      }
      case 'compared':
        this.change(
          withCompared(this.state, message.run, {
            signals: message.signals,
            lastStep: message.lastStep,
            configuration: message.configuration,
          }),
        );
        return;
      case 'comparison':
        this.change(withComparison(this.state, message.run, unpackComparison(message.comparison)));
        return;
      case 'compare-failed':
        this.change(withCompared(this.state, message.run, { problem: message.message }));
        return;
      case 'envelope':
      case 'failure':
        this.client.receive(message);
    }
  }

  private change(state: PageState): void {
    this.state = state;
    const kept = keptState(state);
    if (kept) {
      this.host.writeState(kept);
    }
    this.renderSoon();
  }

  private renderSoon(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.renderNow();
    });
  }

  private renderNow(): void {
    const { state } = this;
    const signals = state.report?.signals ?? [];
    const { compared } = state;
    const toolbar = {
      axis: this.scale?.unit ?? state.axis,
      axes: offeredAxes(signals),
      logarithmicX: state.logarithmicX,
      smoothing: state.smoothing,
      live: state.live,
      follows: this.board?.follows ?? true,
      zoomedTo: this.zoomWords(),
      undrawn: undrawn(signals, planCharts(signals, state.added)),
      comparable: comparableRuns(state),
      compared,
    };
    const clock = this.clocks.clock('wall-time');
    render(
      page(
        {
          state,
          toolbar,
          comparison: this.comparison(),
          shareOf: (step) => this.board?.shareOf(step),
          clock,
          now: Date.now() / 1000,
        },
        this.actions,
      ),
      this.root,
    );
    this.updateBoard();
  }

  private updateBoard(): void {
    const { report, axis, stepScale, logarithmicX, smoothing, selected, verticalScales, added, compared } = this.state;
    const container = this.root.querySelector<HTMLElement>('.board');
    if (!report || !container) {
      return;
    }
    this.board ??= new ChartBoard(container, this.client, this.clocks, {
      setVerticalScale: (chart, scale) => {
        this.change({ ...this.state, verticalScales: { ...this.state.verticalScales, [chart]: scale } });
      },
      removeSignal: (key) => {
        this.change({ ...this.state, added: this.state.added.filter((each) => each !== key) });
      },
      selectFinding: (finding) => {
        this.change({ ...this.state, selected: finding });
        this.revealSelected();
      },
      saveChart: (name, format, content) => {
        this.host.post({ type: 'save-chart', name, format, content });
      },
      viewChanged: () => {
        this.renderSoon();
      },
    });
    this.scales.demand(axis === 'step' ? stepScale : undefined, report.signals);
    const { scale } = this;
    this.board.update({
      report,
      axis,
      scale,
      logarithmicX,
      smoothing,
      selected,
      verticalScales,
      added,
      compared,
    });
  }

  /** Values at the crosshair, else where the shortest of the runs ends. */
  private comparison(): ComparisonModel | undefined {
    const { report, compared, axis } = this.state;
    if (!report || !this.board || compared.length === 0) {
      return undefined;
    }
    const ends = [report.steps?.last, ...compared.map(({ lastStep }) => lastStep)];
    const end = axis === 'step' ? Math.min(...ends.map((step) => step ?? Infinity)) : Infinity;
    const at = this.board.crosshairPlace ?? end;
    const place = Number.isFinite(at)
      ? placeWords(this.scale ?? axis, at, report.signals[0]?.stepUnit ?? 'step')
      : l10n.t('the newest values');
    return {
      place: l10n.t('At {0}', place),
      own: report.name,
      configuration: report.configuration,
      runs: compared,
      readings: this.board.readings(at),
    };
  }

  private compare(compared: readonly ComparedRun[]): void {
    this.change({ ...this.state, compared });
    this.host.post({ type: 'compare', runs: compared.map(({ id }) => id) });
  }

  private zoomWords(): string | undefined {
    const view = this.board?.zoomedTo;
    return view && stretchWords(this.scale ?? this.state.axis, view, this.state.report?.signals[0]?.stepUnit ?? 'step');
  }

  private revealSelected(): void {
    requestAnimationFrame(() => {
      const finding = selectedFinding(this.state);
      const title = finding && this.root.querySelector(`[data-finding="${CSS.escape(finding.id)}"]`);
      title?.scrollIntoView({ block: 'nearest' });
    });
  }

  private handleKey(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (!target.classList.contains('chart-pane') || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (event.key === 'x' && this.state.axis !== 'wall-time') {
      this.actions.toggleLogarithmicX();
    } else if (this.board?.handleKey(event)) {
      event.preventDefault();
    }
  }

  private pageActions(): PageActions {
    return {
      toggleFinding: (finding) => {
        this.change({ ...this.state, selected: this.state.selected === finding ? undefined : finding });
      },
      showEvidence: (evidence, finding) => {
        const key = evidence.rank === undefined ? evidence.tag : `${evidence.tag} · rank ${evidence.rank}`;
        this.change({ ...this.state, added: [...new Set([...this.state.added, key])] });
        this.renderNow();
        this.board?.showEvidence(evidence, finding);
      },
      applyFix: (fix, finding) => {
        this.host.post({ type: 'apply-fix', fix, finding });
      },
      tryFixes: (finding) => {
        this.host.post({ type: 'try-fixes', finding });
      },
      copyFinding: (finding) => {
        this.host.post({ type: 'copy-finding', finding });
      },
      showDocs: (monitor) => {
        this.host.post({ type: 'show-docs', monitor });
      },
      exportRun: () => {
        this.host.post({ type: 'export-run' });
      },
      openLog: () => {
        this.host.post({ type: 'open-log' });
      },
      openCheckpoint: (path) => {
        this.host.post({ type: 'open-checkpoint', path });
      },
      compareCheckpoints: (first, second) => {
        this.host.post({ type: 'compare-checkpoints', first, second });
      },
      tryAgain: () => {
        this.change({ ...this.state, failure: undefined });
        this.host.post({ type: 'ready' });
      },
      setAxis: (axis) => {
        this.change(
          axis === 'epoch' || axis === 'tokens'
            ? { ...this.state, axis: 'step', stepScale: axis }
            : { ...this.state, axis, stepScale: undefined },
        );
      },
      toggleLogarithmicX: () => {
        this.change({ ...this.state, logarithmicX: !this.state.logarithmicX });
      },
      setSmoothing: (smoothing) => {
        this.change({ ...this.state, smoothing });
      },
      searchSettings: (settingsSearch) => {
        this.change({ ...this.state, settingsSearch });
      },
      addSignal: (key) => {
        this.change({ ...this.state, added: [...this.state.added, key] });
      },
      compareWith: (run) => {
        const chosen = this.state.runs.find(({ id }) => id === run);
        this.compare(chosen ? [...this.state.compared, chosen] : this.state.compared);
      },
      stopComparing: (run) => {
        this.compare(this.state.compared.filter(({ id }) => id !== run));
      },
      zoomIn: () => this.board?.zoomBy(0.5),
      zoomOut: () => this.board?.zoomBy(2),
      resetZoom: () => this.board?.resetZoom(),
      follow: () => this.board?.follow(),
    };
  }
}

/** Steps and times always; epochs and tokens where the run logs them. */
function offeredAxes(signals: readonly ReportedSignal[]): readonly (HorizontalAxis | StepScaleUnit)[] {
  const scales = (['epoch', 'tokens'] as const).filter((unit) => scaleSignal(unit, signals) !== undefined);
  return ['step', ...scales, 'wall-time', 'relative-time'];
}

function later(callback: () => void, milliseconds: number): () => void {
  const timer = setTimeout(callback, milliseconds);
  return () => {
    clearTimeout(timer);
  };
}

/** The icon component looks for the icon font's style sheet under this name. */
function nameIconStyles(): void {
  const link = document.querySelector<HTMLLinkElement>('link[href*="codicon.css"]');
  if (link) {
    link.id = 'vscode-codicon-stylesheet';
  }
}
