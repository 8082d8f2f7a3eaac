import * as l10n from '@vscode/l10n';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { LabTrial } from '../../src/contract/labProtocol.js';
import { icon } from '../components/icon.js';
import { formatFixed } from '../format/numbers.js';
import { seedMarks } from './seedMarks.js';
import { armWords, effectWords } from './trialWords.js';

/** The first step: whether the symptom shows at all. Nothing is said of fixes before it does. */
export function reproductionStep(trial: LabTrial): TemplateResult | typeof nothing {
  const pair = trial.arms.filter(({ fix }) => fix === null);
  if (pair.length === 0) {
    return nothing;
  }
  const { reproduction, measure } = trial;
  return html`<section class="trial-part">
    <h2 class="pane-title">${l10n.t('1 · Does the symptom show on the proxy?')}</h2>
    <p class="reproduction">
      ${reproduction === null ? icon('beaker') : answerIcon(reproduction.reproduced)} ${answer(trial)}
    </p>
    <table class="arms">
      <tbody>
        ${pair.map((arm) => {
          const value = arm.label === 'healthy' ? reproduction?.baseline : reproduction?.value;
          return html`<tr>
            <th scope="row">${sentence(armWords(arm))}</th>
            <td class="seeds">${seedMarks(arm)}</td>
            <td>
              <span class="effect-size">${value == null ? '' : `${formatFixed(value, 2)} ${measure?.unit ?? ''}`}</span>
            </td>
          </tr>`;
        })}
      </tbody>
    </table>
  </section>`;
}

function answer({ reproduction, measure, stage }: LabTrial): string {
  if (reproduction === null) {
    return stage === 'stopped' || stage === 'failed'
      ? l10n.t('Not known: it was not trained to the end.')
      : l10n.t('The proxy is trained with and without it.');
  }
  const size = `${effectWords(reproduction)} ${measure?.unit ?? ''}`.trim();
  return reproduction.reproduced
    ? l10n.t('Yes: {0} against the run without it.', size)
    : size === ''
      ? l10n.t('No: nothing could be compared.')
      : l10n.t('No: {0} against the run without it.', size);
}

function answerIcon(reproduced: boolean): TemplateResult {
  return reproduced ? icon('pass', 'good') : icon('circle-slash');
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
