import '../l10n.js';
import './lab.css';
import type { FromLabPage, ToLabPage, TrialSubject } from '../../src/contract/labProtocol.js';
import { LabPage } from './labPage.js';

declare function acquireVsCodeApi(): { postMessage(message: FromLabPage): void; setState(state: TrialSubject): void };

const api = acquireVsCodeApi();
new LabPage(document.getElementById('app')!, {
  post: (message) => {
    api.postMessage(message);
  },
  onMessage: (listener) => {
    window.addEventListener('message', (event: MessageEvent<ToLabPage>) => {
      listener(event.data);
    });
  },
  keep: (subject) => {
    api.setState(subject);
  },
}).start();
