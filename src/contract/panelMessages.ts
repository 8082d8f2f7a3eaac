import type { HorizontalAxis } from '../model/envelope.js';
import type { FromPanel, PanelState } from './panelProtocol.js';

/** More columns than any screen has; a larger number is not asked for by the page. */
const MAXIMUM_BUCKETS = 20_000;
/** More runs in one chart can't be told apart. */
export const MOST_COMPARED = 5;
/** A picture or a table of a chart is far smaller. */
const LARGEST_CHART_BYTES = 64 << 20;
const HORIZONTAL_AXES: readonly HorizontalAxis[] = ['step', 'wall-time', 'relative-time'];

type Fields = Readonly<Record<string, unknown>>;

/**
 * What the run page sent, checked field by field: a webview is the one place where a script from elsewhere could
 * speak. Undefined for anything that is not a message of the protocol; unknown fields are dropped.
 */
export function parseFromPanel(message: unknown): FromPanel | undefined {
  if (!isRecord(message)) {
    return undefined;
  }
  switch (message['type']) {
    case 'ready':
    case 'open-log':
    case 'export-run':
      return { type: message['type'] };
    case 'envelope':
      return parseEnvelopeRequest(message);
    case 'compare':
      return parseComparison(message['runs']);
    case 'save-chart':
      return parseChart(message);
    case 'apply-fix':
      return isText(message['fix']) && isText(message['finding'])
        ? { type: 'apply-fix', fix: message['fix'], finding: message['finding'] }
        : undefined;
    case 'open-checkpoint':
      return isText(message['path']) ? { type: 'open-checkpoint', path: message['path'] } : undefined;
    case 'compare-checkpoints':
      return isText(message['first']) && isText(message['second'])
        ? { type: 'compare-checkpoints', first: message['first'], second: message['second'] }
        : undefined;
    case 'try-fixes':
    case 'copy-finding':
      return isText(message['finding']) ? { type: message['type'], finding: message['finding'] } : undefined;
    case 'show-docs':
      return isText(message['monitor']) ? { type: 'show-docs', monitor: message['monitor'] } : undefined;
    default:
      return undefined;
  }
}

/** The state that a page kept across a reload, undefined when it does not name a run. */
export function parsePanelState(state: unknown): Pick<PanelState, 'run'> | undefined {
  return isRecord(state) && isText(state['run']) ? { run: state['run'] } : undefined;
}

function parseEnvelopeRequest(message: Fields): FromPanel | undefined {
  const { request, run, tag, axis, buckets } = message;
  if (!isCount(request) || !isText(tag) || !isAxis(axis) || !isCount(buckets)) {
    return undefined;
  }
  if (buckets < 1 || buckets > MAXIMUM_BUCKETS || !areOptionalNumbers(message, ['rank', 'from', 'to'])) {
    return undefined;
  }
  if (run !== undefined && !isText(run)) {
    return undefined;
  }
  const other = run === undefined ? {} : { run };
  return { type: 'envelope', request, ...other, tag, axis, buckets, ...numbersOf(message, ['rank', 'from', 'to']) };
}

function parseComparison(runs: unknown): FromPanel | undefined {
  return Array.isArray(runs) && runs.length <= MOST_COMPARED && runs.every(isText)
    ? { type: 'compare', runs }
    : undefined;
}

/** A chart that a page wants to have saved; undefined for anything else. */
export function parseChart(message: object): Extract<FromPanel, { type: 'save-chart' }> | undefined {
  const { name, format, content } = message as Fields;
  const known = format === 'png' || format === 'csv';
  return known && isText(name) && content instanceof Uint8Array && content.byteLength <= LARGEST_CHART_BYTES
    ? { type: 'save-chart', name, format, content }
    : undefined;
}

function areOptionalNumbers(message: Fields, names: readonly string[]): boolean {
  return names.every((name) => message[name] === undefined || Number.isFinite(message[name]));
}

function numbersOf(message: Fields, names: readonly string[]): Record<string, number> {
  const present = names.filter((name) => typeof message[name] === 'number');
  return Object.fromEntries(present.map((name) => [name, message[name] as number]));
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isAxis(value: unknown): value is HorizontalAxis {
  return HORIZONTAL_AXES.some((axis) => axis === value);
}
