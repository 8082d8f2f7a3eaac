/**
 * Numbers about the machine at one moment, by tag. The tags are those that `src/signals/roles/machineRole.ts` knows:
 * `cpu/…` and `gpu/<n>/utilization` in percent, `memory/…` and `gpu/<n>/memory` in bytes, `temperature` in °C, `power`
 * in watts, `throttled_…` 1 or 0, `disk/read` and `disk/write` in bytes a second, `disk/free` in bytes.
 */
export type Reading = Readonly<Record<string, number>>;

/** Something that numbers about the machine can be read from, again and again. */
export interface TelemetrySource {
  /** What is read, as a person would call it: `nvidia-smi`, `/proc`. */
  readonly name: string;
  /**
   * What can be read now.
   * @returns an empty reading where there is nothing to tell; a reason, once and for all, where the source is of no use
   *   on this machine.
   */
  read(): Promise<Reading | Absent>;
}

/** Why a source is of no use on this machine. */
export interface Absent {
  readonly absent: string;
}

export function isAbsent(reading: Reading | Absent): reading is Absent {
  return typeof reading['absent'] === 'string';
}
