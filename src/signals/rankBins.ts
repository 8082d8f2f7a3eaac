/** One rank's share of a bin: the mean of what it logged there. NaN where it logged nothing. */
export type RankMeans = readonly number[];

interface MutableBin {
  sum: number;
  count: number;
}

/**
 * The same quantity as several ranks log it, side by side over bins of steps that widen as the run grows: bounded
 * memory, and the same whether the ranks' rows come interleaved or one rank after the other.
 */
export class RankBins {
  private readonly limit: number;
  private readonly binsOf = new Map<number, Map<number, MutableBin>>();
  private binWidth = 1;
  private firstBin = Infinity;
  private lastBin = -Infinity;

  /** @param limit most bins kept. */
  constructor(limit = 256) {
    this.limit = limit;
  }

  /** In ascending order. */
  get ranks(): readonly number[] {
    return [...this.binsOf.keys()].toSorted((left, right) => left - right);
  }

  /** Steps in a bin. */
  get width(): number {
    return this.binWidth;
  }

  /** Takes a finite value in. */
  push(rank: number, step: number, value: number): void {
    let bin = Math.floor(step / this.binWidth);
    while (Math.max(bin, this.lastBin) - Math.min(bin, this.firstBin) >= this.limit) {
      this.widen();
      bin = Math.floor(step / this.binWidth);
    }
    this.firstBin = Math.min(this.firstBin, bin);
    this.lastBin = Math.max(this.lastBin, bin);
    const bins = this.binsOf.get(rank) ?? new Map<number, MutableBin>();
    this.binsOf.set(rank, bins);
    add(bins, bin, value, 1);
  }

  /** Bins in which every rank logged something, in order: their first step and the means in the order of {@link ranks}. */
  common(): readonly { readonly fromStep: number; readonly means: RankMeans }[] {
    const all = this.ranks.map((rank) => this.binsOf.get(rank) ?? new Map<number, MutableBin>());
    return [...(all[0]?.keys() ?? [])]
      .filter((bin) => all.every((bins) => bins.has(bin)))
      .toSorted((left, right) => left - right)
      .map((bin) => ({
        fromStep: bin * this.binWidth,
        means: all.map((bins) => {
          const { sum, count } = bins.get(bin) ?? { sum: Number.NaN, count: 1 };
          return sum / count;
        }),
      }));
  }

  private widen(): void {
    this.binWidth *= 2;
    for (const [rank, bins] of this.binsOf) {
      const wider = new Map<number, MutableBin>();
      for (const [bin, { sum, count }] of bins) {
        add(wider, Math.floor(bin / 2), sum, count);
      }
      this.binsOf.set(rank, wider);
    }
    this.firstBin = Math.floor(this.firstBin / 2);
    this.lastBin = Math.floor(this.lastBin / 2);
  }
}

function add(bins: Map<number, MutableBin>, bin: number, sum: number, count: number): void {
  const known = bins.get(bin);
  if (known === undefined) {
    bins.set(bin, { sum, count });
  } else {
    known.sum += sum;
    known.count += count;
  }
}
