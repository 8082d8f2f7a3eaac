/** Something that happened between two steps. */
export interface Event {
  readonly fromStep: number;
  readonly toStep: number;
  /** Mean step between rows around it. */
  readonly stride: number;
}

/** Neighbouring events that tell one story. */
export interface Cluster<Kind extends Event> {
  readonly fromStep: number;
  toStep: number;
  events: number;
  /** The greatest by the given measure. */
  greatest: Kind;
}

/** Events closer than this many rows belong together. */
export const NEIGHBOUR_ROWS = 100;
/** A run with more separate stories than this has one: that it keeps happening. */
export const MOST_CLUSTERS = 3;

/** Gathers events in the order of their steps into few clusters, in bounded memory. */
export class Clusters<Kind extends Event> {
  private readonly size: (event: Kind) => number;
  private readonly found: Cluster<Kind>[] = [];
  private merged = false;

  constructor(size: (event: Kind) => number) {
    this.size = size;
  }

  get all(): readonly Cluster<Kind>[] {
    return this.found;
  }

  add(event: Kind): void {
    const last = this.found.at(-1);
    if (last !== undefined && (this.merged || isNeighbour(last, event))) {
      this.extend(last, event, 1);
      return;
    }
    this.found.push({ fromStep: event.fromStep, toStep: event.toStep, events: 1, greatest: event });
    if (this.found.length > MOST_CLUSTERS) {
      this.mergeAll();
    }
  }

  /** From now on everything is one cluster. */
  private mergeAll(): void {
    const [first, ...rest] = this.found.splice(0);
    if (first === undefined) {
      return;
    }
    for (const cluster of rest) {
      this.extend(first, cluster.greatest, cluster.events);
      first.toStep = Math.max(first.toStep, cluster.toStep);
    }
    this.found.push(first);
    this.merged = true;
  }

  private extend(cluster: Cluster<Kind>, event: Kind, events: number): void {
    cluster.toStep = Math.max(cluster.toStep, event.toStep);
    cluster.events += events;
    if (this.size(event) > this.size(cluster.greatest)) {
      cluster.greatest = event;
    }
  }
}

function isNeighbour(cluster: Cluster<Event>, event: Event): boolean {
  return event.fromStep >= cluster.fromStep && event.fromStep - cluster.toStep <= NEIGHBOUR_ROWS * event.stride;
}
