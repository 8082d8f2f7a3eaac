import * as l10n from '@vscode/l10n';
import type { PatternLine, PatternPreview } from '../../contract/patternPreview.js';
import { formatCount, formatValue } from './numbers.js';

const NUMBER = String.raw`[-+]?(?:\d[\d,_]*(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf)\b`;
/** A name, what stands between it and its number, the number, and how far it goes where the log says so. */
const NAMED_NUMBER = new RegExp(
  String.raw`([A-Za-z][\w/.-]*)(\s*[:=]\s*|\s+)(${NUMBER})(?:(\s*/\s*)(\d[\d,]*))?`,
  'gi',
);
const STEP_WORDS = /^(global_?step|steps?|iter(ation)?s?|it|update|batch)$/i;

/** A template to begin with, from a line as the log has it: `step 12 loss=2.5` → `step {step} loss={loss}`. */
export function templateOfLine(line: string): string {
  // Braces would be read as names.
  const free = line.trim().replaceAll(/[{}]/g, '{*}');
  return free.replaceAll(
    NAMED_NUMBER,
    (_whole, name: string, between: string, _number: string, slash?: string, _total?: string) => {
      const place = STEP_WORDS.test(name) ? 'step' : /^epochs?$/i.test(name) ? 'epoch' : undefined;
      return `${name}${between}{${place ?? name}}${slash === undefined ? '' : `${slash}{${place === 'step' ? 'total' : '*'}}`}`;
    },
  );
}

/** What a pattern found, in one line beneath the field in which it is written. */
export function previewWords(preview: PatternPreview, lines: number): string {
  if ('error' in preview) {
    return preview.error;
  }
  const { matches } = preview;
  if (matches.length === 0) {
    return l10n.t('None of the first {0} lines matches.', formatCount(lines));
  }
  const counted = l10n.t('{0} of the first {1} lines match', formatCount(matches.length), formatCount(lines));
  return [counted, ...stepWords(matches), ...seriesWords(matches)].join(' · ');
}

/** Behind a line in the editor: `step 12 · loss 2.5`. */
export function matchWords({ step, pairs }: PatternLine): string {
  const place = Number.isNaN(step) ? [] : [l10n.t('step {0}', formatCount(step))];
  return [...place, ...pairs.map(({ name, value }) => `${name} ${formatValue(value, 4)}`)].join(' · ');
}

function stepWords(matches: readonly PatternLine[]): string[] {
  const steps = matches.map(({ step }) => step).filter((step) => !Number.isNaN(step));
  const [first, last] = [steps[0], steps.at(-1)];
  return first === undefined || last === undefined
    ? [l10n.t('no step: lines are counted')]
    : [l10n.t('steps {0} to {1}', formatCount(first), formatCount(last))];
}

function seriesWords(matches: readonly PatternLine[]): string[] {
  const series = new Map<string, { first: number; last: number }>();
  for (const { name, value } of matches.flatMap(({ pairs }) => pairs)) {
    const known = series.get(name);
    series.set(name, { first: known?.first ?? value, last: value });
  }
  return [...series].map(([name, { first, last }]) => `${name} ${formatValue(first, 4)} … ${formatValue(last, 4)}`);
}
