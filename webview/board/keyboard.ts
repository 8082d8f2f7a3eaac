/** What keys do to the charts. */
export interface KeyboardTarget {
  zoomBy(factor: number): void;
  resetZoom(): void;
  /** By a share of the view; an infinite one goes to the end of the run. */
  panBy(share: number): void;
  /** By a share of the view. */
  moveCrosshair(by: number): void;
  hideCrosshair(): void;
}

const ZOOM = 0.7;
/** Shares of the view. */
const PAN = 0.2;
const CROSSHAIR = 0.01;

/** Does what a key means for the charts. @returns whether it means anything. */
export function handleChartKey({ key, shiftKey }: KeyboardEvent, target: KeyboardTarget): boolean {
  const moves: Readonly<Record<string, () => void>> = {
    '+': () => target.zoomBy(ZOOM),
    '=': () => target.zoomBy(ZOOM),
    '-': () => target.zoomBy(1 / ZOOM),
    '0': () => target.resetZoom(),
    ArrowLeft: () => (shiftKey ? target.moveCrosshair(-CROSSHAIR) : target.panBy(-PAN)),
    ArrowRight: () => (shiftKey ? target.moveCrosshair(CROSSHAIR) : target.panBy(PAN)),
    Home: () => target.panBy(-Infinity),
    End: () => target.panBy(Infinity),
    Escape: () => target.hideCrosshair(),
  };
  const move = moves[key];
  move?.();
  return move !== undefined;
}
