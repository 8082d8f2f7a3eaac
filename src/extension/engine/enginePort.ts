import type { Disposable } from '../../base/disposable.js';
import type { Event } from '../../base/event.js';
import type { EngineEvent, EngineMethod, EngineRequests } from '../../contract/engineProtocol.js';

/** The part of the engine that the editor's side talks to: requests, each answered, failed or cancelled. */
export interface EngineRequester {
  /** @throws {Error} with a sentence for the user; an AbortError when the signal cancelled it. */
  request<Method extends EngineMethod>(
    method: Method,
    params: EngineRequests[Method]['params'],
    signal?: AbortSignal,
  ): Promise<EngineRequests[Method]['result']>;
}

/** An engine that starts its worker with the first request and again when it died. */
export interface EnginePort extends EngineRequester, Disposable {
  readonly onEvent: Event<EngineEvent>;
}

/** Where the engine's side writes what it has to say. */
export interface EngineLog {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
