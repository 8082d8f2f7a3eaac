import * as l10n from '@vscode/l10n';
import { render } from 'lit';
import type { FromLabPage, LabTrial, ToLabPage, TrialSubject } from '../../src/contract/labProtocol.js';
import { onThemeChange } from '../charts/theme.js';
import { failedPage } from '../components/failure.js';
import { ArmCharts } from './armCharts.js';
import type { TrialActions } from './trialActions.js';
import { loadingPage, trialPage } from './trialPage.js';

/** The editor as this page sees it. */
export interface LabHost {
  post(message: FromLabPage): void;
  onMessage(listener: (message: ToLabPage) => void): void;
  /** Keeps across a reload what the page is about. */
  keep(subject: TrialSubject): void;
}

/** The page of one trial: takes whole snapshots from the host, and shows the newest. */
export class LabPage {
  private readonly root: HTMLElement;
  private readonly host: LabHost;
  private readonly actions: TrialActions;
  private trial: LabTrial | undefined;
  private trusted = false;
  private failure: string | undefined;
  private charts: ArmCharts | undefined;
  private frame = 0;

  constructor(root: HTMLElement, host: LabHost) {
    this.root = root;
    this.host = host;
    this.actions = {
      cancel: () => {
        host.post({ type: 'cancel' });
      },
      resume: () => {
        host.post({ type: 'resume' });
      },
      openFinding: () => {
        host.post({ type: 'open-finding' });
      },
      openRun: (folder) => {
        host.post({ type: 'open-run', folder });
      },
      applyFix: (fix) => {
        host.post({ type: 'apply-fix', fix });
      },
      tryAgain: () => {
        this.failure = undefined;
        this.drawSoon();
        host.post({ type: 'ready' });
      },
    };
  }

  start(): void {
    this.host.onMessage((message) => {
      this.receive(message);
    });
    onThemeChange(() => this.charts?.themeChanged());
    this.root.addEventListener('keydown', (event) => {
      const isForCharts = (event.target as HTMLElement).classList.contains('chart-pane');
      if (isForCharts && !(event.ctrlKey || event.metaKey || event.altKey) && this.charts?.handleKey(event)) {
        event.preventDefault();
      }
    });
    this.draw();
    this.host.post({ type: 'ready' });
  }

  private receive(message: ToLabPage): void {
    if (message.type === 'trial') {
      this.trial = message.trial;
      this.trusted = message.trusted;
      this.failure = undefined;
      this.host.keep(message.trial.subject);
    } else {
      this.failure = message.message;
    }
    this.drawSoon();
  }

  private drawSoon(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  private draw(): void {
    const { trial, failure, trusted, actions } = this;
    if (trial === undefined) {
      const words = l10n.t('This trial cannot be shown');
      render(failure === undefined ? loadingPage() : failedPage(words, failure, () => actions.tryAgain()), this.root);
      return;
    }
    render(trialPage(trial, { trusted, failure }, actions), this.root);
    const container = this.root.querySelector<HTMLElement>('.board');
    if (container) {
      this.charts ??= new ArmCharts(container, (name, format, content) => {
        this.host.post({ type: 'save-chart', name, format, content });
      });
      this.charts.show(trial);
    }
  }
}
