import * as l10n from '@vscode/l10n';
import { html } from 'lit';
import type { TemplateResult } from 'lit';
import type { TrialArm, TrialRun } from '../../src/contract/labProtocol.js';
import { icon } from '../components/icon.js';
import { RUN_WORDS } from './trialWords.js';

const RUN_MARKS: Readonly<Record<TrialRun['state'], string>> = {
  waiting: 'circle-outline',
  training: 'loading',
  done: 'circle-filled',
  stopped: 'circle-slash',
  failed: 'error',
};

/** A mark for each seed, and the same in words. */
export function seedMarks({ runs }: TrialArm): TemplateResult {
  const done = runs.filter(({ state }) => state === 'done').length;
  const words = runs.map(({ seed, state }) => l10n.t('seed {0} {1}', seed, RUN_WORDS[state])).join(', ');
  return html`<span
    class="seed-marks"
    role="img"
    aria-label=${l10n.t('{0} of {1} seeds done', done, runs.length)}
    title=${words}
  >
    ${runs.map(({ state }) => icon(RUN_MARKS[state], `run-${state}`))}
  </span>`;
}
