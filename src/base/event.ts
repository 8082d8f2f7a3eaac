import type { Disposable } from './disposable.js';

export type Listener<Payload> = (payload: Payload) => void;
export type Event<Payload> = (listener: Listener<Payload>) => Disposable;

/** The sending side of an {@link Event}. Listeners added while an event is delivered hear the next one. */
export class Emitter<Payload> implements Disposable {
  private readonly listeners = new Set<Listener<Payload>>();

  readonly event: Event<Payload> = (listener) => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };

  fire(payload: Payload): void {
    for (const listener of [...this.listeners]) {
      listener(payload);
    }
  }

  dispose(): void {
    this.listeners.clear();
  }
}
