import { formatValue } from './numbers.js';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** A size in powers of a thousand, as disks are labelled: `8388608` → `8.39 MB`. */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < UNITS.length - 1) {
    [value, unit] = [value / 1000, unit + 1];
  }
  return `${formatValue(value, 3)} ${UNITS[unit] ?? ''}`;
}
