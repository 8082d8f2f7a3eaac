import type { ChartCard, SharedView } from '../charts/chartCard.js';

/** Charts that would take a frame longer than this wait for the next one, so that many live ones never hold it up. */
const DRAWING_MS = 8;

export interface DrawQueueOptions {
  /** Charts out of sight wait until they are seen. */
  readonly isInSight: (card: ChartCard) => boolean;
  /** What all charts have in common in this frame; undefined: nothing can be drawn yet. */
  readonly beginFrame: () => SharedView | undefined;
  /** All charts in sight have been drawn. */
  readonly endFrame: (shared: SharedView) => void;
}

/** Draws charts at the next frame, each once, however often it is asked for. */
export class DrawQueue {
  private readonly options: DrawQueueOptions;
  private readonly dirty = new Set<ChartCard>();
  private frame = 0;

  constructor(options: DrawQueueOptions) {
    this.options = options;
  }

  add(cards: Iterable<ChartCard>): void {
    for (const card of cards) {
      this.dirty.add(card);
    }
    this.drawSoon();
  }

  /** Draws at the next frame what waits and has come into sight. */
  drawSoon(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  /** The chart is gone. */
  forget(card: ChartCard): void {
    this.dirty.delete(card);
  }

  private draw(): void {
    const { isInSight, beginFrame, endFrame } = this.options;
    const shared = beginFrame();
    if (!shared) {
      return;
    }
    const end = performance.now() + DRAWING_MS;
    const due = [...this.dirty].filter((card) => isInSight(card) && card.element.isConnected);
    for (const card of due) {
      card.draw(shared);
      this.dirty.delete(card);
      if (performance.now() > end) {
        // Those that wait longest come first in the next frame: whoever is drawn again goes to the end.
        this.drawSoon();
        return;
      }
    }
    endFrame(shared);
  }
}
