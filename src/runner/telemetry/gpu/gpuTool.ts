/** What a vendor's tool says about one GPU. */
export interface GpuReading {
  /** The number that the tool gives the GPU, from 0. */
  readonly index: number;
  /** `GPU-…` of NVIDIA, by which a job may be given a GPU. */
  readonly uuid?: string;
  /** By the last part of the tag: `utilization`, `memory`, `temperature`, `power`, `throttled_thermal` … */
  readonly quantities: Readonly<Record<string, number>>;
}

/** A vendor's command-line tool. One file in this folder each. */
export interface GpuTool {
  /** What is called. */
  readonly command: string;
  /** Parameters to try, the best first: older versions refuse a whole query for one field that they do not know. */
  readonly queries: readonly (readonly string[])[];
  /** Environment variables by which a job is told which GPUs it may use, the strongest first. */
  readonly visibleBy: readonly string[];
  /** Reads what a query printed; undefined when it is no answer to it. */
  parse(output: string): readonly GpuReading[] | undefined;
}

/** Leaves out what a tool could not tell. */
export function known(quantities: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(quantities).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
  );
}

/** The number at the start of a text, such as `35.0` or `90 W`; undefined for `N/A` and the like. */
export function leadingNumber(value: unknown): number | undefined {
  const number = typeof value === 'number' ? value : Number.parseFloat(typeof value === 'string' ? value : '');
  return Number.isFinite(number) ? number : undefined;
}

/** The JSON document in an output that may begin with warnings. */
export function jsonIn(output: string): unknown {
  for (const start of [output.indexOf('{'), output.indexOf('[')].sort((a, b) => a - b)) {
    if (start >= 0) {
      try {
        return JSON.parse(output.slice(start)) as unknown;
      } catch {
        // A bracket of a warning; the document may begin at the other one.
      }
    }
  }
  return undefined;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
