import type { Disposable } from '../../src/base/disposable.js';
import type { FromPanel, PanelState, ToPanel } from '../../src/contract/panelProtocol.js';

/** The editor as the page sees it. */
export interface Host {
  post(message: FromPanel): void;
  onMessage(listener: (message: ToPanel) => void): Disposable;
  /** What the page kept across a reload. */
  readState(): PanelState | undefined;
  writeState(state: PanelState): void;
}

interface EditorApi {
  postMessage(message: FromPanel): void;
  getState(): PanelState | undefined;
  setState(state: PanelState): void;
}

declare function acquireVsCodeApi(): EditorApi;

/** The real host. May be called once a page: the editor hands its API out a single time. */
export function editorHost(): Host {
  const api = acquireVsCodeApi();
  return {
    post: (message) => {
      api.postMessage(message);
    },
    onMessage: (listener) => {
      const hear = (event: MessageEvent<ToPanel>) => {
        listener(event.data);
      };
      window.addEventListener('message', hear);
      return {
        dispose: () => {
          window.removeEventListener('message', hear);
        },
      };
    },
    readState: () => api.getState(),
    writeState: (state) => {
      api.setState(state);
    },
  };
}
