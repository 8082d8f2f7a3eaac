import * as l10n from '@vscode/l10n';
import { DATE_LANGUAGE } from './language.js';
import { formatValue } from './numbers.js';

/** Durations and moments in words. Times are shown relative; the absolute one belongs into a tooltip. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

const UNITS_AGO: readonly (readonly [seconds: number, unit: string])[] = [
  [1, 's'],
  [MINUTE, 'min'],
  [HOUR, 'h'],
  [DAY, 'd'],
];

/** A stretch of time in its two largest units: `1 h 3 min`, `45 s`, `320 ms`. */
export function formatDuration(seconds: number): string {
  const length = Math.abs(seconds);
  const sign = seconds < 0 ? '−' : '';
  if (length === 0) {
    return '0 s';
  }
  if (length < 1) {
    return `${sign}${Math.round(length * 1000)} ms`;
  }
  if (length < 10) {
    return `${sign}${formatValue(Math.round(length * 10) / 10, 2)} s`;
  }
  return sign + largestUnits(Math.round(length));
}

function largestUnits(seconds: number): string {
  if (seconds < MINUTE) {
    return `${seconds} s`;
  }
  if (seconds < HOUR) {
    return joined(Math.floor(seconds / MINUTE), 'min', seconds % MINUTE, 's');
  }
  if (seconds < DAY) {
    const minutes = Math.round(seconds / MINUTE);
    return joined(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  }
  const hours = Math.round(seconds / HOUR);
  return joined(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** How long before `now` a moment was; both in seconds since the epoch. */
export function formatAgo(moment: number, now: number): string {
  const seconds = now - moment;
  if (seconds < 0) {
    return l10n.t('in the future');
  }
  if (seconds < 5) {
    return l10n.t('just now');
  }
  if (seconds >= 2 * YEAR) {
    return l10n.t('{0} years ago', Math.floor(seconds / YEAR));
  }
  const [size, unit] = UNITS_AGO.findLast(([length]) => seconds >= length)!;
  return l10n.t('{0} ago', `${Math.floor(seconds / size)} ${unit}`);
}

/** A moment in full, in the viewer's time zone: `21 Nov 2026, 14:03:11`. */
export function formatMoment(epochSeconds: number, timeZone?: string): string {
  return new Intl.DateTimeFormat(DATE_LANGUAGE, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZone,
  }).format(epochSeconds * 1000);
}

/** A moment as the label of an axis whose labels are `step` seconds apart. */
export function formatMomentTick(epochSeconds: number, step: number, timeZone?: string): string {
  const parts: Intl.DateTimeFormatOptions =
    step >= DAY
      ? { day: 'numeric', month: 'short' }
      : step >= MINUTE
        ? { hour: '2-digit', minute: '2-digit' }
        : { hour: '2-digit', minute: '2-digit', second: '2-digit' };
  return new Intl.DateTimeFormat(DATE_LANGUAGE, { ...parts, timeZone }).format(epochSeconds * 1000);
}
