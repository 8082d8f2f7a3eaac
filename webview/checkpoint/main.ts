import '../l10n.js';
import './checkpoint.css';
import type { FromCheckpointPage, ToCheckpointPage } from '../../src/contract/checkpointProtocol.js';
import { CheckpointPage } from './checkpointPage.js';

declare function acquireVsCodeApi(): { postMessage(message: FromCheckpointPage): void };

const api = acquireVsCodeApi();
new CheckpointPage(document.getElementById('app')!, {
  post: (message) => {
    api.postMessage(message);
  },
  onMessage: (listener) => {
    window.addEventListener('message', (event: MessageEvent<ToCheckpointPage>) => {
      listener(event.data);
    });
  },
}).start();
