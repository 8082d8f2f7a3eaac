import type { RunReport } from '../../src/contract/report.js';
import type { Envelope, HorizontalAxis } from '../../src/model/envelope.js';
import type { ClockSource } from '../charts/clockSource.js';
import { placesOf } from '../charts/columns.js';
import { LINEAR, logarithmicScale, placeAlong, shareAlong, toDistances, toPlaces } from '../charts/horizontalScale.js';
import type { HorizontalScale } from '../charts/horizontalScale.js';
import { panned, settled, union, viewAround, widened, zoomed } from '../charts/viewport.js';
import type { Viewport } from '../charts/viewport.js';
import { placeOf } from './findingBands.js';

/** What a horizontal axis is laid over. */
export interface AxisContent {
  readonly report: Pick<RunReport, 'steps'>;
  readonly axis: HorizontalAxis;
  /** Whether it shall be logarithmic; that of wall time never is. */
  readonly logarithmicX: boolean;
}

export interface SharedAxisOptions {
  readonly clocks: ClockSource;
  /** Undefined: nothing is known yet. */
  readonly content: () => AxisContent | undefined;
  /** What has been read of whole runs. */
  readonly overviews: () => readonly Envelope[];
  /** The view has been moved: all charts show another stretch. */
  readonly onMove: () => void;
  /** The view has gone on by itself, with the newest step. */
  readonly onFollow: () => void;
}

/** A view that ends so near the newest step means it, whatever rounding did. */
const FOLLOWED_SHARE = 1e-12;
/** A finding longer than this share of the run is not shown whole around its evidence. */
const EVIDENCE_SHARE = 0.1;

/** The one horizontal axis of all charts of a page: what it spans, how it is scaled, and the stretch in view. */
export class SharedAxis {
  private readonly options: SharedAxisOptions;
  private wantedView: Viewport | undefined;
  private isFollowing = false;

  constructor(options: SharedAxisOptions) {
    this.options = options;
  }

  /** The stretch in view when it is zoomed in; undefined: everything. */
  get zoomedTo(): Viewport | undefined {
    return this.wantedView;
  }

  /** Whether the newest step is in view, and stays in it as the run grows. */
  get follows(): boolean {
    return this.wantedView === undefined || this.isFollowing;
  }

  /** The stretch in view. */
  get view(): Viewport {
    const { wantedView, extent } = this;
    if (!wantedView || this.floor === undefined) {
      return wantedView ?? extent;
    }
    // Chosen on a linear axis, it may begin before the logarithmic one does.
    return wantedView.to > extent.from ? { ...wantedView, from: Math.max(wantedView.from, extent.from) } : extent;
  }

  /** Everything there is on the present axis, as far as it has been read. */
  get extent(): Viewport {
    return this.floor === undefined ? widened(this.places) : { from: this.floor, to: this.places.to };
  }

  get scale(): HorizontalScale {
    const { floor } = this;
    return floor === undefined ? LINEAR : logarithmicScale(floor);
  }

  /** Whether what has no place on a logarithmic axis stands at the left edge of the view. */
  get hasZeroAtLeft(): boolean {
    return this.scale.logarithmic && this.places.from <= 0 && this.view.from <= this.extent.from;
  }

  /** What tells the place of a step; undefined as long as the run's times are not known. */
  get clock(): ReturnType<ClockSource['clock']> | 'steps' {
    const axis = this.options.content()?.axis ?? 'step';
    return axis === 'step' ? 'steps' : this.options.clocks.clock(axis);
  }

  /** Where a step stands; undefined where the axis has no place for it. */
  placeOf(step: number): number | undefined {
    const { clock } = this;
    return clock && placeOf(step, clock);
  }

  /** The place that lies so far along the view, from 0 to 1. */
  placeAt(share: number): number {
    return placeAlong(this.scale, this.view, share);
  }

  /** How far a place lies along the view: 0 at its left edge, 1 at its right one. */
  shareOf(place: number): number {
    return shareAlong(this.scale, this.view, place);
  }

  /** Zooms by `factor` (below 1: closer) with `anchor` staying where it is. */
  zoomBy(factor: number, anchor: number): void {
    this.change((view, extent) => zoomed(view, extent, factor, this.scale.forward(anchor)));
  }

  /** Moves the view by a share of its width; an infinite one goes to the end of the run. */
  panBy(share: number): void {
    const far = Number.isFinite(share) ? share : Math.sign(share) * 1e12;
    if (this.wantedView) {
      this.change((view, extent) => panned(view, extent, far));
    }
  }

  showStretch(stretch: Viewport): void {
    this.change((_view, extent) => settled(toDistances(this.scale, stretch), extent));
  }

  /** Shows a place with what it is part of around it, as far as that is no large part of the run. */
  showAround(place: number, whole: Viewport): void {
    const { forward } = this.scale;
    this.change((_view, extent) => {
      const { from, to } = toDistances(this.scale, whole);
      const fits = to - from < (extent.to - extent.from) * EVIDENCE_SHARE;
      return fits ? viewAround(from, to, extent) : viewAround(forward(place), forward(place), extent);
    });
  }

  showAll(): void {
    this.setView(undefined);
  }

  /** A view that was moved to the newest step goes on to hold it, whatever tells of further ones first. */
  keepFollowing(): void {
    if (!this.wantedView || !this.isFollowing) {
      return;
    }
    const { scale } = this;
    const end = this.extent.to;
    const { from, to } = toDistances(scale, this.wantedView);
    const by = scale.forward(end) - to;
    if (by > 0) {
      this.wantedView = { from: scale.inverse(from + by), to: end };
      this.options.onFollow();
    }
  }

  /** Keeps the steps in view when the axis has been switched, where the clock knows them; else shows everything. */
  switched(before: HorizontalAxis, after: HorizontalAxis): void {
    const clock = before === 'step' && after !== 'step' ? this.options.clocks.clock(after) : undefined;
    const from = this.wantedView && clock?.at(this.wantedView.from);
    const to = this.wantedView && clock?.at(this.wantedView.to);
    this.wantedView = from !== undefined && to !== undefined && to > from ? { from, to } : undefined;
  }

  /** Changes the view as if the axis were linear: in distances along it. */
  private change(change: (view: Viewport, extent: Viewport) => Viewport | undefined): void {
    const { scale } = this;
    const changed = change(toDistances(scale, this.view), toDistances(scale, this.extent));
    this.setView(changed && toPlaces(scale, changed));
  }

  private setView(view: Viewport | undefined): void {
    this.wantedView = view;
    this.isFollowing = view !== undefined && view.to >= this.extent.to * (1 - FOLLOWED_SHARE);
    this.options.onMove();
  }

  private get places(): Viewport {
    let extent: Viewport | undefined;
    const { axis, report } = this.options.content() ?? {};
    if (axis === 'step' && report?.steps) {
      extent = { from: report.steps.first, to: report.steps.last };
    }
    for (const overview of this.options.overviews()) {
      extent = union(extent, placesOf(overview));
    }
    return extent ?? { from: 0, to: 1 };
  }

  /**
   * Where a logarithmic axis begins: at the first place above 0, or half as far where something before it has to stand
   * at its left. Undefined: the axis is linear, because it shall be or because nothing lies far enough above 0.
   */
  private get floor(): number | undefined {
    const { axis, logarithmicX = false } = this.options.content() ?? {};
    if (!logarithmicX || axis === 'wall-time') {
      return undefined;
    }
    const { from, to } = this.places;
    let least = from > 0 ? from : Infinity;
    for (const overview of this.options.overviews()) {
      least = Math.min(least, placesOf(overview)?.leastPositive ?? Infinity);
    }
    const floor = from > 0 ? least : least / 2;
    return floor < to ? floor : undefined;
  }
}
