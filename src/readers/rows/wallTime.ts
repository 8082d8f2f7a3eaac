/** Seconds of the years 2001 to 2096: what a number must be to be taken for a time of day. */
const EARLIEST = 1e9;
const LATEST = 4e9;

/** Seconds since 1970 from a number of seconds, milliseconds, microseconds or nanoseconds; NaN when it is none. */
export function wallTimeOfNumber(value: number): number {
  for (const unit of [1, 1e3, 1e6, 1e9]) {
    if (value >= EARLIEST * unit && value < LATEST * unit) {
      return value / unit;
    }
  }
  return NaN;
}

const DATE_AND_TIME =
  /^\s*\[?(\d{4})[-/](\d\d)[-/](\d\d)[T _](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s*(Z|[+-]\d\d:?\d\d)?/;

/**
 * Seconds since 1970 from a date such as `2024-05-01T12:30:00.5+02:00` or `2024-05-01 12:30:00,123`; NaN when it is
 * none. A date without an offset is taken as UTC: the reader does not know the writer's time zone.
 */
export function wallTimeOfText(text: string): number {
  const match = DATE_AND_TIME.exec(text);
  if (match === null) {
    return NaN;
  }
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const seconds = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return seconds / 1000 + (fraction === undefined ? 0 : Number(`0.${fraction}`)) - zoneSeconds(zone);
}

function zoneSeconds(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') {
    return 0;
  }
  const sign = zone.startsWith('-') ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 3600 + Number(zone.slice(-2)) * 60);
}
