/** Middle value; the upper one of the two middle values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** Seconds that a call took. */
export function seconds(work: () => void): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}

/** Seconds for which the processor was busy with a call: what it would take on a core of its own. */
export function processorSeconds(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

/** Seconds of several pieces of work, each done in every round. */
export class Rounds<Name extends string> {
  readonly #times: Readonly<Record<Name, readonly number[]>>;

  constructor(times: Readonly<Record<Name, readonly number[]>>) {
    this.#times = times;
  }

  /** Median seconds. */
  of(name: Name): number {
    return median(this.#times[name]);
  }

  /**
   * Median over the rounds of the time of the one against the time of the other. They were measured one after the
   * other, so that whatever else the machine did then met both of them.
   */
  ratio(one: Name, other: Name): number {
    return median(this.#times[one].map((time, round) => time / (this.#times[other][round] ?? NaN)));
  }
}

/**
 * Does pieces of work in turns; what gives a number, or promises one, has measured its seconds itself. A first round,
 * which is not counted, lets the compiler warm up.
 */
export async function inTurns<Name extends string>(
  rounds: number,
  works: Readonly<Record<Name, () => unknown>>,
): Promise<Rounds<Name>> {
  const names = Object.keys(works) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -1; round < rounds; round++) {
    for (const name of names) {
      const start = performance.now();
      const own = await works[name]();
      if (round >= 0) {
        times[name].push(typeof own === 'number' ? own : (performance.now() - start) / 1000);
      }
    }
  }
  return new Rounds(times);
}

/** The straight line `intercept + slope · x` of least squares, and the part of the variance that it explains. */
export function fitLine(points: readonly (readonly [x: number, y: number])[]): {
  slope: number;
  intercept: number;
  r2: number;
} {
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  const covariance = mean(points.map(([x, y]) => (x - meanX) * (y - meanY)));
  const slope = covariance / mean(points.map(([x]) => (x - meanX) ** 2));
  const intercept = meanY - slope * meanX;
  const residual = mean(points.map(([x, y]) => (y - intercept - slope * x) ** 2));
  return { slope, intercept, r2: 1 - residual / mean(points.map(([, y]) => (y - meanY) ** 2)) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Prints what was measured and remembers which of the bounds did not hold. */
export class Verdicts {
  readonly #broken: string[] = [];

  get broken(): readonly string[] {
    return this.#broken;
  }

  /** A ratio that is to be at least or at most so much. */
  ratio(name: string, value: number, bound: { readonly atLeast: number } | { readonly atMost: number }): void {
    const holds = 'atLeast' in bound ? value >= bound.atLeast : value <= bound.atMost;
    const wanted = 'atLeast' in bound ? `at least ${bound.atLeast}` : `at most ${bound.atMost}`;
    console.log(`  ${holds ? ' ' : '!'} ${name.padEnd(62)} ${value.toFixed(2).padStart(8)}  (${wanted})`);
    if (!holds) {
      this.#broken.push(`${name}: ${value.toFixed(2)}, should be ${wanted}`);
    }
  }

  note(name: string, value: string): void {
    console.log(`    ${name.padEnd(62)} ${value.padStart(8)}`);
  }
}
